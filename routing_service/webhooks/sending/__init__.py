"""Messages on their way to receivers, each report in order, at least once."""
