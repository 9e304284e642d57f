"""What the registry says of whoever a token was given to, in the memory of every process of every service.

Every token of the issuer is held against this picture, so that a dismissal acts within seconds and costs a request no
query. It is read anew every two seconds, and only what has changed. While the database is away the last picture stays:
without a database nothing is told to anybody.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Gauge

from shared.clients import Client, Role
from shared.database import Sessions
from shared.http import sessions
from shared.http.problems import is_away
from shared.http.tokens import Behind
from shared.queries import standings as queries

REFRESH_SECONDS = 2.0
WAIT_SECONDS = 5.0  #: for one look at the database
#: A change is stamped before it is committed, by a transaction that may have taken so long.
OVERLAP = timedelta(minutes=2)
#: Now and then everything is read, whatever may have been missed.
WHOLE_SECONDS = 600.0
#: A token of the issuer lives for ten minutes, so that what ended longer ago than this shuts nobody out any more.
LONGEST_TOKEN = timedelta(minutes=15)
#: The same of a log-in at the pages of officers.
LONGEST_SESSION = timedelta(seconds=sessions.SECONDS, minutes=15)
#: A token so young may know more than the picture does: then the registry is asked before it is refused.
YOUNG_SECONDS = 30.0
#: Of so many young tokens that the picture did not fit it is remembered since when they are known.
MOST_YOUNG = 10_000
PAGE = 2_000
MOST_CHANGES = 20_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccountStanding:
    epoch: int
    role: Role
    agency: str | None
    scopes: frozenset[str]


class Picture:
    """One for each process. It holds the accounts that stand, and what was taken back in the last minutes."""

    def __init__(
        self, sessions: Callable[[], Sessions], metrics: CollectorRegistry, *,
        monotonic: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._monotonic = monotonic
        self._clock = clock
        self._reading = asyncio.Lock()
        self._accounts: dict[str, AccountStanding] = {}
        self._revoked: dict[str, float] = {}  # until when
        self._ended: dict[str, float] = {}  # since when
        self._words: dict[tuple[Any, ...], tuple[Role, str | None, frozenset[str]]] = {}
        self._seen: datetime | None = None  # by the clock of the database
        self._whole_at = self._read_at = self._begun_at = -float("inf")  # monotonic
        self._young: dict[object, float] = {}  # since when they are known here, by their id; the oldest first
        age = Gauge(
            "lapor_standings_age_seconds", "How old the picture of accounts is that tokens are held against.",
            registry=metrics,
        )  # fmt: skip
        age.set_function(lambda: self._monotonic() - self._read_at)

    def standing(self, claims: Mapping[str, Any]) -> Client | None:
        """Role, agency and scopes as they are now; None: this token is refused. Raises Behind."""
        found = self._accounts.get(claims["sub"])
        if claims.get("jti") in self._revoked or claims.get("sid") in self._ended:
            return None
        if found is None or not _agrees(found, claims):
            if self._may_be_behind(claims):
                raise Behind
            return None
        scopes = found.scopes.intersection(claims.get("scope", "").split())
        return Client(claims["sub"], found.role, found.agency, scopes, int(claims["exp"]))

    async def catch_up(self) -> None:
        """Read what has changed until now: who waits while it is read shares the next reading. If that fails the
        picture stays as it is.
        """
        asked_at = self._monotonic()
        async with self._reading:
            if self._begun_at < asked_at:
                await self._try()

    async def refresh(self) -> None:
        """Raises what the database raises; the picture then stays as it is."""
        begun_at = self._monotonic()
        async with self._sessions()() as session:
            now = await queries.time(session)
            whole = self._seen is None or self._monotonic() - self._whole_at >= WHOLE_SECONDS
            since = (now - LONGEST_TOKEN if self._seen is None else self._seen) - OVERLAP
            changes = [] if whole else await queries.changed(session, since=since, limit=MOST_CHANGES)
            whole = whole or len(changes) == MOST_CHANGES
            accounts = await self._all(session) if whole else None
            revoked = await queries.revoked(session, since=since)
            ended_since = now - LONGEST_SESSION if self._seen is None else since
            ended = await queries.ended(session, since=ended_since, token=LONGEST_TOKEN, log_in=LONGEST_SESSION)
        if accounts is not None:
            self._accounts, self._whole_at = accounts, self._monotonic()
        else:
            self._change(changes)
        self._note(revoked, ended, now)
        self._seen, self._read_at, self._begun_at = now, self._monotonic(), begun_at

    @asynccontextmanager
    async def kept_current(self) -> AsyncIterator[None]:
        """Read it before the first request, if that can be; and again and again meanwhile."""
        await self.catch_up()
        task = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            task.cancel()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            async with self._reading:
                await self._try()

    async def _try(self) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self.refresh()
        except Exception as error:
            tell = log.warning if isinstance(error, TimeoutError) or is_away(error) else log.error
            tell("accounts_unread", error=type(error).__name__)

    async def _all(self, session: Any) -> dict[str, AccountStanding]:
        found: dict[str, AccountStanding] = {}
        after = ""
        while rows := await queries.page(session, after=after, limit=PAGE):
            for row in rows:
                found[row.id] = self._standing_of(row)
            after = rows[-1].id
        return found

    def _change(self, rows: Any) -> None:
        for row in rows:
            if row.stands:
                self._accounts[row.id] = self._standing_of(row)
            else:
                self._accounts.pop(row.id, None)

    def _note(self, revoked: Any, ended: Any, now: datetime) -> None:
        self._revoked |= {row.jti: row.expires_at.timestamp() for row in revoked}
        self._ended |= {str(row.id): row.ended_at.timestamp() for row in ended}
        over, long_ago = now.timestamp(), (now - LONGEST_SESSION).timestamp()
        self._revoked = {jti: until for jti, until in self._revoked.items() if until > over}
        self._ended = {family: since for family, since in self._ended.items() if since > long_ago}

    def _standing_of(self, row: Any) -> AccountStanding:
        """Those who may do the same share what says so."""
        key = (row.role, row.agency, *row.scopes)
        if len(self._words) > PAGE:
            self._words.clear()
        role, agency, scopes = self._words.setdefault(key, (Role(row.role), row.agency, frozenset(row.scopes)))
        return AccountStanding(row.epoch, role, agency, scopes)

    def _may_be_behind(self, claims: Mapping[str, Any]) -> bool:
        """Whether the picture was begun before this young token was here for the first time: each is worth one look,
        however young the picture is, and no more than one.
        """
        if self._seen is None:
            return True
        if self._clock() - float(claims.get("iat", 0)) >= YOUNG_SECONDS:
            return False
        known_at = self._young.setdefault(claims.get("jti"), self._monotonic())
        if len(self._young) > MOST_YOUNG:
            del self._young[next(iter(self._young))]
        return self._begun_at < known_at


def _agrees(found: AccountStanding, claims: Mapping[str, Any]) -> bool:
    """Whoever has another role, or works elsewhere, since the token was given out needs a new one."""
    return claims.get("epoch") == found.epoch and claims["role"] == found.role and claims.get("agency") == found.agency
