"""Reports of others about the same thing, for whoever is about to submit one."""
