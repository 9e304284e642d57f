"""The pull feed of events."""
