"""Where officers work: their inbox, their work list, and a report with all that can be done to it."""
