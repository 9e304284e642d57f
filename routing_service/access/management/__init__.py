"""Who registers clients and people, and shuts them out: operators, and in their own instansi its coordinator."""
