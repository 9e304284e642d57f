"""What the Ombudsman gets, with the reporter's consent alone: the whole case, and how to verify it."""
