"""What workers do about new reports: decide where they go, and mask what everybody may read."""
