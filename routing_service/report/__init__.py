"""THE REPORT AS WE KEEP IT: read under its lock, moved through one gate, shown to whom it may be."""
