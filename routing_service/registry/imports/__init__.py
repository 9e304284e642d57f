"""Agencies, officers and categories from CSV files."""
