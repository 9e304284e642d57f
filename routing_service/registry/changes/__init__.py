"""Who changed the registry, when, and what stood there before and after."""
