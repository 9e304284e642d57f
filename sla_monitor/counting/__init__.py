"""What is counted of each report, kept beside its clocks: all figures rest on it."""
