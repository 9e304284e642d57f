"""Where a report is about: a region, how sure that is, and what speaks for it."""
