"""How often a test repeats what is random, and how much it sends: little in `make test`, much in `make faults`.

What is proven is the same: each kind of case comes in both, by chance more often in the one that takes longer.
"""

import os

THOROUGH = "LAPOR_TEST_THOROUGH" in os.environ


def times(quick: int, thorough: int) -> int:
    return thorough if THOROUGH else quick
