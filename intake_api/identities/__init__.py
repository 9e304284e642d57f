"""Who reported: sealed where it lies, found by phone or mail without being read, shown to routing_service alone."""
