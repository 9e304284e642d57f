"""What is limited over all copies of a service, and how much is allowed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.settings import Settings

DAY_SECONDS = 86_400


class Limit(StrEnum):
    """Its name is what `RateLimit` and the operators say."""

    LOG_INS_OF_ACCOUNT = "log-ins-account"
    LOG_INS_OF_ADDRESS = "log-ins-address"
    TOKENS_OF_ACCOUNT = "tokens-account"
    TOKENS_OF_ADDRESS = "tokens-address"
    WRONG_CODES_OF_ADDRESS = "wrong-codes-address"
    WRONG_CODES_OF_CLIENT = "wrong-codes-client"  #: what a client sends for one report
    WRONG_CODES_OF_REPORT = "wrong-codes-report"
    SUBMISSIONS_OF_REPORTER = "submissions-reporter"
    SUBMISSIONS_OF_CLIENT = "submissions-client"
    SUBMISSIONS_OF_ADDRESS = "submissions-address"  #: whatever is handed in without a token
    UPLOADS_OF_REPORTER = "uploads-reporter"
    UPLOADS_OF_CLIENT = "uploads-client"
    UPLOADS_OF_ADDRESS = "uploads-address"  #: files that come without a token


#: By the service that counts it, as its operation ids begin.
_COUNTED: Mapping[str, Sequence[Limit]] = {
    "intake": (
        Limit.WRONG_CODES_OF_ADDRESS, Limit.WRONG_CODES_OF_CLIENT, Limit.WRONG_CODES_OF_REPORT,
        Limit.SUBMISSIONS_OF_REPORTER, Limit.SUBMISSIONS_OF_CLIENT, Limit.SUBMISSIONS_OF_ADDRESS,
        Limit.UPLOADS_OF_REPORTER, Limit.UPLOADS_OF_CLIENT, Limit.UPLOADS_OF_ADDRESS,
    ),
    "routing": (
        Limit.LOG_INS_OF_ACCOUNT, Limit.LOG_INS_OF_ADDRESS, Limit.TOKENS_OF_ACCOUNT, Limit.TOKENS_OF_ADDRESS,
    ),
}  # fmt: skip


def counted_by(service: str) -> Sequence[Limit]:
    return _COUNTED.get(service, ())


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a day (UTC). Counts begin anew with each."""

    number: int
    day: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LimitRule:
    """So many in so many seconds; `most` of 0 is no limit."""

    limit: Limit
    most: int
    seconds: int

    def window_at(self, now: datetime) -> Window:
        """The last of a day may be shorter: the keys of the next one are others."""
        now = now.astimezone(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        number = int((now - midnight).total_seconds()) // self.seconds
        begins, ends = number * self.seconds, min((number + 1) * self.seconds, DAY_SECONDS)
        return Window(
            number, f"{midnight:%Y-%m-%d}", midnight + timedelta(seconds=begins), midnight + timedelta(seconds=ends)
        )

    @property
    def as_field(self) -> str:
        """As the field RateLimit-Policy says it."""
        return f'"{self.limit.value}";q={self.most};w={self.seconds}'


#: In the window of submissions.
_IN_HOURS = frozenset({
    Limit.SUBMISSIONS_OF_REPORTER, Limit.SUBMISSIONS_OF_CLIENT, Limit.SUBMISSIONS_OF_ADDRESS,
    Limit.UPLOADS_OF_REPORTER, Limit.UPLOADS_OF_CLIENT, Limit.UPLOADS_OF_ADDRESS,
})  # fmt: skip


def rules_of(settings: Settings, limits: Iterable[Limit]) -> Mapping[Limit, LimitRule]:
    """Those of one service that are limits at all."""
    most = {
        Limit.LOG_INS_OF_ACCOUNT: settings.log_ins_per_account,
        Limit.LOG_INS_OF_ADDRESS: settings.log_ins_per_address,
        Limit.TOKENS_OF_ACCOUNT: settings.tokens_per_account,
        Limit.TOKENS_OF_ADDRESS: settings.tokens_per_address,
        Limit.WRONG_CODES_OF_ADDRESS: settings.wrong_codes_per_address,
        Limit.WRONG_CODES_OF_CLIENT: settings.wrong_codes_per_address,
        Limit.WRONG_CODES_OF_REPORT: settings.wrong_codes_per_report,
        Limit.SUBMISSIONS_OF_REPORTER: settings.submissions_per_reporter,
        Limit.SUBMISSIONS_OF_CLIENT: settings.submissions_per_client,
        Limit.SUBMISSIONS_OF_ADDRESS: settings.submissions_per_address,
        Limit.UPLOADS_OF_REPORTER: settings.uploads_per_reporter,
        Limit.UPLOADS_OF_CLIENT: settings.uploads_per_client,
        Limit.UPLOADS_OF_ADDRESS: settings.uploads_per_address,
    }
    return {
        limit: LimitRule(
            limit,
            most[limit],
            settings.submissions_window_seconds if limit in _IN_HOURS else settings.attempts_window_seconds,
        )
        for limit in limits
        if most[limit]
    }
