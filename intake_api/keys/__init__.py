"""Idempotency keys that nobody will use again."""
