"""The calendar and the policies in force, out of the database."""
