"""How the system is run: composition roots, the `lapor` command, the local stack.

Imports the others; nobody imports it.
"""
