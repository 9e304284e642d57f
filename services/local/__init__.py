"""Everything on one machine: an embedded database and the three services as processes."""
