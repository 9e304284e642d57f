"""The only place that reads the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_the_minute(instant: datetime) -> datetime:
    """As exactly as the public is told when something happened: who could have done it in that second is nobody's
    business.
    """
    return instant.replace(second=0, microsecond=0)


async def now_dependency() -> datetime:
    """The time of a request; tests override it. Async, so that it costs no thread."""
    return utc_now()
