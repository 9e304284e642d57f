"""When a message is tried again, how long a failing receiver is left alone, and when it is given up. Pure."""

import random
from datetime import datetime, timedelta

#: What lies between one attempt and the next. After the last a message has failed.
WAITS = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=10),
)  # fmt: skip
MOST_ATTEMPTS = len(WAITS) + 1
#: Of its length a wait grows by so much at most: those that failed together do not come back together.
JITTER = 0.2
ATTEMPT_SECONDS = 15.0

#: From so many failures in a row on a receiver has one message at a time, and rests in between.
FEW = 3
FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=1)

#: A receiver that has failed for so long hears nothing more.
LONGEST_FAILING = timedelta(days=5)
#: Two failures that lie further apart than any wait are not one failing: nothing was sent in between.
LONGEST_SILENCE = max(WAITS) * (1 + JITTER) + timedelta(hours=1)


def wait_after(attempts: int) -> timedelta | None:
    """After so many failed attempts; None: that was the last."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return WAITS[attempts - 1] * (1 + random.uniform(0, JITTER))


def rest_after(failures: int) -> timedelta | None:
    """How long a receiver is left alone after so many failures in a row; None: not at all."""
    if failures < FEW:
        return None
    rest: timedelta = FIRST_REST * 2 ** min(failures - FEW, 10)
    return min(rest, LONGEST_REST)


def failing_since(since: datetime | None, last: datetime | None, *, now: datetime) -> datetime:
    """Since when a receiver fails that has failed now, and `last` before."""
    if since is None or last is None or now - last > LONGEST_SILENCE:
        return now
    return since


def is_given_up(since: datetime, *, now: datetime) -> bool:
    return now - since >= LONGEST_FAILING
