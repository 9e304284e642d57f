"""What became of messages, as their owner reads it; once more, and a test."""
