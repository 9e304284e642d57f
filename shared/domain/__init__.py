"""The rules and the words that all services share; no HTTP, no log."""
