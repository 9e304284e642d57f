"""What is answered beyond a limit: 429, with the fields of draft-ietf-httpapi-ratelimit-headers (version 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from shared.errors import TooManyRequests
from shared.http.limits.rules import Limit, LimitRule

POLICY, STATE = "RateLimit-Policy", "RateLimit"

_WHAT = {
    Limit.LOG_INS_OF_ACCOUNT: "attempts to log in to this account",
    Limit.LOG_INS_OF_ADDRESS: "attempts to log in from this address",
    Limit.TOKENS_OF_ACCOUNT: "tokens of this client",
    Limit.TOKENS_OF_ADDRESS: "tokens asked for from this address",
    Limit.WRONG_CODES_OF_ADDRESS: "wrong access codes from this address",
    Limit.WRONG_CODES_OF_CLIENT: "wrong access codes for this report",
    Limit.WRONG_CODES_OF_REPORT: "wrong access codes for this report",
    Limit.SUBMISSIONS_OF_REPORTER: "reports of this reporter",
    Limit.SUBMISSIONS_OF_CLIENT: "reports of this client",
    Limit.SUBMISSIONS_OF_ADDRESS: "what is sent from this address",
    Limit.UPLOADS_OF_REPORTER: "files of this reporter",
    Limit.UPLOADS_OF_CLIENT: "files of this client",
    Limit.UPLOADS_OF_ADDRESS: "files from this address",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit of which nothing is left."""

    rule: LimitRule
    ends_at: datetime


class LimitReached(TooManyRequests):
    """`reached`: all of them, so that whoever waits waits for the last."""

    code = "limit_reached"

    def __init__(self, reached: Sequence[Reached], now: datetime) -> None:
        self._reached = reached
        self._now = now
        last = max(reached, key=lambda one: one.ends_at)
        wait = self._seconds_until(last)
        what = _WHAT[last.rule.limit]
        super().__init__(f"The limit for {what} is reached; try again in {wait} s.", retry_after=wait)

    def _seconds_until(self, one: Reached) -> int:
        return max(1, ceil((one.ends_at - self._now).total_seconds()))

    @property
    def headers(self) -> dict[str, str]:
        state = (f'"{one.rule.limit.value}";r=0;t={self._seconds_until(one)}' for one in self._reached)
        return {
            "Retry-After": str(self.retry_after),
            POLICY: ", ".join(one.rule.as_field for one in self._reached),
            STATE: ", ".join(state),
        }
