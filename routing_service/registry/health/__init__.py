"""What is missing or does not fit in the registry."""
