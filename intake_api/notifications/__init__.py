"""News for reporters: what happens to a report reaches whoever reported it, on the channel that they want."""
