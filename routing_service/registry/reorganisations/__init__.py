"""Agencies are renamed and merged from a day on."""
