"""WATCHES: clocks per stage, what is overdue, whom it is told to."""
