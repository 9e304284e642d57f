"""Versions of the calendar: drafted, previewed, activated, never edited after that."""
