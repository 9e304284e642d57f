"""Rule sets as people keep them: imported, checked, replayed, put in force."""
