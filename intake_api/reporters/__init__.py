"""What a reporter sees of a report, and does to it."""
