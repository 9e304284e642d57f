"""Clocks computed anew in the background because the rules changed, and what that would move."""
