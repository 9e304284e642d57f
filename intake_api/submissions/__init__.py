"""Reports on their way in: the hot path."""
