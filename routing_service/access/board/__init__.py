"""The log-in at the pages of officers: a session that all three services know by its cookie."""
