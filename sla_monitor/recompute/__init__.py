"""Brings the stored clocks up to date with the events."""
