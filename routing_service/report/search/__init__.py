"""The words that officers find a report by."""
