"""Figures: what is counted of each report, kept beside its clocks, and what follows from it."""
