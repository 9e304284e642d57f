"""`lapor audit verify`: is every report's history whole, and is what is stored what the histories say?

Hashes and digests are computed here, in Python, from what is stored: a change made by hand in SQL that contradicts the
log does not go unseen. What does not contradict it, only something outside can find (docs/decisions/0003-event-log.md).
"""

from services.audit.walk import Break, Findings, verify

__all__ = ["Break", "Findings", "verify"]
