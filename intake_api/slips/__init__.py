"""The sheet with an access code, for a citizen whose report was typed in at a counter."""
