"""When and where a reporter's photo was taken, as it says: offered to them, and told to nobody unless they say so."""
