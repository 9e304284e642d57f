"""Reports of others about the same thing, for a citizen who is about to submit one."""
