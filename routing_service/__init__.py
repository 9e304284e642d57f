"""ASSIGNS: verification, disposition to the competent agency, the agency's follow-up; keeps the registry."""
