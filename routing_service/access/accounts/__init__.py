"""People and systems: how they come to an account, prove that they are who they are, and are shut out."""
