"""SQL that two services share: each reads it, none writes by it."""
