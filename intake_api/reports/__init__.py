"""Reports as the public sees them."""
