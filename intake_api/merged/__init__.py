"""What became of reports that were merged into others."""
