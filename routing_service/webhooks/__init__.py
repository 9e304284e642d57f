"""Webhooks: systems are told of what the feeds tell, as it happens (docs/webhooks.md)."""
