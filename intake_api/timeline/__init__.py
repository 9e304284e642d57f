"""What becomes of a report, as people are shown it: events, deadlines, agencies under the names of their day."""
