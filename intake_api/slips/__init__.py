"""The sheet with an access code, for whoever had a report typed in at a counter."""
