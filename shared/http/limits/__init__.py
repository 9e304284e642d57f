"""Limits that hold over all copies of a service: counted in the database, where no row says who is meant.

rules      what is limited, and how much is allowed
subjects   who is meant, and the key under which they are counted
counters   the counts: exactly where something failed, and in batches where the path is hot
queries    the table limit_counters
refusals   what is answered beyond a limit

Wrong access codes are counted by shared/http/door/guesses.py; an operator lifts a limit by shared/http/lifting.py.
What each process bounds by itself before all this stands in shared/http/door.
"""
