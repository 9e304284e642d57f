"""The only place that reads the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


async def now_dependency() -> datetime:
    """The time of a request; tests override it. Async, so that it costs no thread."""
    return utc_now()
