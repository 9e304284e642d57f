"""What the clocks say: of one report, of all that is overdue, in figures."""
