"""What the OpenAPI documents say beyond what FastAPI reads from the code. Each service adds words of its own."""
