"""Where people log in: a password, then a one-time code or a passkey. Pages made here, in both languages."""
