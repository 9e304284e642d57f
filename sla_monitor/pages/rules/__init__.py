"""The pages of the rules of deadlines: calendars, policies side by side, simulations."""
