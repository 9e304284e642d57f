"""The pages of rule sets: which are in force, what a draft would change, and putting one in force."""
