"""Citizens whom a report of another concerns as well."""
