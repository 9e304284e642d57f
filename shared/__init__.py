"""What every service agrees on: schema, lifecycle, event log, delivery, manners of HTTP. Imports no service."""
