"""Somebody else's issuer (OpenID Connect): people log in there, and a mapping says whose account they are here."""
