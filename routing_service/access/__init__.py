"""Who gets in: accounts, the issuer of tokens, the page where people log in."""
