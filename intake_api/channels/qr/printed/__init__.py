"""The codes of an instansi: made one by one or from a list of what they hang on, listed, printed, revoked."""
