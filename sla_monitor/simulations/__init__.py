"""What other rules would have made of the reports of a period. Nothing of it is stored in a clock."""
