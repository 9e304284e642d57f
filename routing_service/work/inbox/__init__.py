"""What routing_service does about facts that others recorded."""
