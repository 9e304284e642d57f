"""What everybody may read of a report: its words, with the people in them masked."""
