"""Who is told of what, as its owner says it."""
