"""A narrow issuer of OAuth 2.1: the standards say what, docs/access.md says which parts of them."""
