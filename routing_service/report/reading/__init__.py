"""The work list, one report, and who sees what of it."""
