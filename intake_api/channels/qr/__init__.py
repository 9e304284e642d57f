"""Codes that are printed and scanned: what they pre-fill, the page that they lead to, and who prints them."""
