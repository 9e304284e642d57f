"""Limits that agencies set themselves, stricter than the policy."""
