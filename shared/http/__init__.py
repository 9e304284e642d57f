"""How every service speaks HTTP: callers, the door, problems, pages, idempotency."""
