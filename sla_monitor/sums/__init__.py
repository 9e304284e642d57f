"""What figures add up is kept for each month of receipt, so that a nation's year is answered at once."""
