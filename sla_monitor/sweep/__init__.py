"""Finds the ladder steps that are due and records each once."""
