"""Ordered, versioned rule sets: who is competent, said by people."""
