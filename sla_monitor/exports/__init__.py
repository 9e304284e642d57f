"""Figures as people hand them on: a sheet, a file for programs, a page to print. In Indonesian."""
