"""How a reporter wants to be told."""
