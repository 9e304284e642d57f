"""Reports about the same thing: merged, parted again, and found."""
