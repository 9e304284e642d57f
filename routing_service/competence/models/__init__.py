"""Models as they are kept: learned from what agencies confirmed, put in force, renewed every month, taken back."""
