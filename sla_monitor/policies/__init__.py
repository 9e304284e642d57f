"""Policies: drafted, activated from a day on, never edited; and what moves a report from one to another."""
