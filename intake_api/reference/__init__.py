"""The lists that a form needs: categories, regions, agencies, codes."""
