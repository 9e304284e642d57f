"""The log of events: appended, delivered, received, and what follows from it alone."""
