"""Text messages to 1708: from Kannel, Gammu SMSD, or any gateway that speaks HTTP, and our answers and news."""
