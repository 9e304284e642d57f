"""Who has used how much of what. Two ways of counting, by what may be spent:

`count_exactly` counts in the database, exactly, whatever comes at once: for what failed, and for log-ins.
`count_nearly` counts in the process and tells the database every second: for submissions. Of what copies have not
told yet they know nothing of each other: N of them may accept N - 1 eighths more than allowed (docs/limits.md).

What is used up, every copy learns within two seconds (`hear_counts`), and so what an operator has lifted.
Without the database each process goes on with what it knows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role, Scope
from shared.clock import utc_now
from shared.database import Sessions
from shared.errors import Unavailable
from shared.http import problems
from shared.http.limits import queries
from shared.http.limits.entries import CountedKey, Entry
from shared.http.limits.queries import Count
from shared.http.limits.refusals import LimitReached, Reached
from shared.http.limits.rules import Limit, LimitRule
from shared.http.limits.subjects import Naming
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose

logger = logging.getLogger(__name__)

MOST_KEYS = 50_000
MOST_EXHAUSTED = 20_000
#: Connections of the jobs that counting takes at most.
AT_ONCE = 2

WAIT_SECONDS = 5.0

T = TypeVar("T")

#: A limit, and who is meant.
Subject = tuple[Limit, str]


class Counters:
    """Of one process. `rules`: what this service counts; `unlimited`: the clients that have no limit."""

    def __init__(
        self, sessions: Sessions, keys: Keys, rules: Mapping[Limit, LimitRule], *, unlimited: Collection[str] = (),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        self.rules = rules
        self.clock = clock
        self._sessions = sessions
        self._keys = keys
        self._unlimited = unlimited
        self._entries: dict[bytes, Entry] = {}
        self._untold: dict[bytes, Entry] = {}  #: those worth telling: not of whom there was only one yet
        self._used_up: dict[bytes, Entry] = {}
        self._exhausted: Mapping[bytes, datetime] = {}
        self._namings: dict[Limit, Naming] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._settling = asyncio.Lock()

    def hold_for(self, client: Client) -> bool:
        """Not for services, nor for whom the settings name, nor for historical imports."""
        return not (client.role is Role.SERVICE or client.sub in self._unlimited or client.may(Scope.IMPORT))

    def refuse_exhausted(self, *subjects: Subject) -> None:
        """Whether something is used up, as far as this process has heard. Raises LimitReached."""
        if not self._exhausted:
            return
        now = self.clock()
        _refuse([one for one in self._keys_of(subjects, now) if one.key in self._exhausted], now)

    async def count_exactly(self, *subjects: Subject) -> "Taken":
        """Count one for each, before what is counted is tried.

        Raises Unavailable; LimitReached if that was one too many. While the database is away nothing is counted here,
        and what the process itself bounds holds alone.
        """
        now = self.clock()
        keys = self._keys_of(subjects, now)
        used = (await self._in_session(lambda session: queries.add(session, _counts(keys))) or {}) if keys else {}
        _refuse([one for one in keys if used.get(one.key, 0) > one.rule.most], now)
        return Taken(self, keys)

    async def count_of(self, subject: Subject) -> int:
        keys = self._keys_of([subject], self.clock())
        return (await self._in_session(lambda session: queries.used(session, keys[0].key)) or 0) if keys else 0

    async def count_nearly(self, *subjects: Subject) -> "Drawn":
        """Count one for each in this process. Raises LimitReached; then nothing is counted."""
        now = self.clock()
        keys = self._keys_of(subjects, now)
        entries = [self._entry(one) for one in keys]
        while full := [entry for entry in entries if entry.must_settle]:
            self._untold |= {entry.key: entry for entry in full}
            if not await self.tell_counts(single=False):
                break
            entries = [self._entry(one) for one in keys]
        _refuse([one for one in entries if one.used >= one.rule.most], now)
        for entry in entries:
            entry.pending += 1
            if entry.known or entry.pending > 1:
                self._untold[entry.key] = entry
        return Drawn(self, entries)

    def undraw(self, entry: Entry) -> None:
        entry.pending -= 1
        self._untold[entry.key] = entry

    def _entry(self, one: CountedKey) -> Entry:
        entry = self._entries.get(one.key)
        if entry is None:
            entry = self._entries[one.key] = Entry(one.rule, one.ends_at, one.key)
            if len(self._entries) > MOST_KEYS:
                del self._entries[next(iter(self._entries))]
        if one.key in self._exhausted:
            entry.known = max(entry.known, one.rule.most)
            self._used_up[one.key] = entry
        return entry

    def _keys_of(self, named: Iterable[Subject], now: datetime) -> list[CountedKey]:
        return [
            CountedKey(naming.rule, naming.key_for(subject), naming.window.ends_at)
            for limit, subject in named
            if (naming := self._naming_of(limit, now)) is not None
        ]

    def _naming_of(self, limit: Limit, now: datetime) -> Naming | None:
        """None: there is no such limit. Made anew with each window, and when the process looks what is used up."""
        known = self._namings.get(limit)
        if known is not None and known.holds_at(now):
            return known
        rule = self.rules.get(limit)
        if rule is None:
            return None
        made = self._namings[limit] = Naming.of(self._keys.secret(KeyPurpose.LIMITS), rule, now)
        return made

    async def tell_counts(self, *, single: bool = True) -> bool:
        """Tell the database what was drawn, and learn what the other copies have drawn of the same. False: it is away,
        and everything is as before. `single`: also of whom there was only one yet, which are most of them.
        """
        async with self._settling:
            if single:
                self._untold = {key: entry for key, entry in self._entries.items() if entry.pending}
            more = [
                Count(key, entry.rule.limit, entry.rule.most, entry.pending, entry.ends_at)
                for key, entry in self._untold.items()
                if entry.pending > 0
            ]
            if more:
                used = await self._in_session(lambda session: queries.add(session, more))
                if used is None:
                    return False
                self._told({count.key: count.by for count in more}, used)
            # In a transaction of its own: within one, rows are locked in the order of their keys.
            less = {key: -entry.pending for key, entry in self._untold.items() if entry.pending < 0}
            if less:
                used = await self._in_session(lambda session: queries.give_back(session, less))
                if used is None:
                    return False
                self._told({key: -by for key, by in less.items()}, used)
            return True

    def _told(self, amounts: Mapping[bytes, int], used: Mapping[bytes, int]) -> None:
        for key, amount in amounts.items():
            entry = self._entries.get(key)
            if entry is None:
                continue
            entry.pending -= amount
            entry.known = used.get(key, 0)
            if not entry.pending:
                self._untold.pop(key, None)
            if entry.known >= entry.rule.most:
                self._used_up[key] = entry

    async def hear_counts(self) -> None:
        """What is used up, by all copies; what was lifted is forgotten."""
        async with self._settling:
            now = self.clock()
            found = await self._in_session(
                lambda session: queries.exhausted(session, self.rules, now=now, most=MOST_EXHAUSTED)
            )
            if found is None:
                return
            self._exhausted = found
            self._namings.clear()  # the key may have a successor
            for key, entry in list(self._used_up.items()):
                if key not in found and not entry.pending:  # lifted, or over
                    self._entries.pop(key, None)
                    del self._used_up[key]

    async def purge_ended(self) -> int:
        """Take away what has ended."""
        now = self.clock()
        self._entries = {key: entry for key, entry in self._entries.items() if entry.ends_at > now}
        self._untold = {key: entry for key, entry in self._untold.items() if entry.ends_at > now}
        return await self._in_session(lambda session: queries.purge(session, self.rules, now=now)) or 0

    async def lift_count(self, limit: Limit, subject: str) -> bool:
        """Have somebody's count begin anew; whether there was one. The other copies notice within two seconds."""
        rule, now = self.rules[limit], self.clock()
        keys = [Naming.of(secret, rule, now).key_for(subject) for secret in self._keys.secrets(KeyPurpose.LIMITS)]
        await self.tell_counts()
        async with self._sessions.begin() as session:
            lifted = await queries.lift(session, keys)
        await self.hear_counts()
        return lifted > 0

    async def give_back(self, keys: Sequence[CountedKey]) -> None:
        """What `count_exactly` has counted, and was none of what is counted."""
        amounts = dict.fromkeys((one.key for one in keys), 1)
        if amounts:
            await self._in_session(lambda session: queries.give_back(session, amounts))

    async def _in_session(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T | None:
        """In a transaction of its own. None: the database is away. Raises Unavailable where no connection came free."""
        try:
            async with asyncio.timeout(WAIT_SECONDS), self._places, self._sessions.begin() as session:
                return await work(session)
        except TimeoutError:
            detail = "Too much is asked for at this moment; try again in a few seconds."
            raise Unavailable(detail, code="too_busy") from None
        except Exception as error:
            if not (problems.is_away(error) or problems.is_too_slow(error)):
                raise
            logger.warning("limits not counted", extra={"error": type(error).__name__})
            return None

    async def refuse_guesser(self, guesser: Subject, target: Subject) -> None:
        """Where a secret cannot be guessed, so that all that its limit could do is to lock its holder out: beyond the
        limit of the target, whoever has been wrong in this window is refused, and nobody else. Raises LimitReached.
        """
        self.refuse_exhausted(guesser)
        try:
            self.refuse_exhausted(target)
        except LimitReached:
            if await self.count_of(guesser):
                raise


class Taken:
    """What was counted for one attempt."""

    def __init__(self, counters: Counters, keys: Sequence[CountedKey]) -> None:
        self._counters = counters
        self._keys = keys

    async def give_back(self, *limits: Limit) -> None:
        """For these it does not count after all: a log-in that succeeded is no attempt on the account."""
        await self._counters.give_back([one for one in self._keys if one.rule.limit in limits])


class Drawn:
    def __init__(self, counters: Counters, entries: Sequence[Entry]) -> None:
        self._counters = counters
        self._entries = entries

    def give_back(self) -> None:
        """Nothing came of it."""
        for entry in self._entries:
            self._counters.undraw(entry)


def _counts(keys: Sequence[CountedKey]) -> list[Count]:
    return [Count(one.key, one.rule.limit, one.rule.most, 1, one.ends_at) for one in keys]


def _refuse(used_up: Sequence[CountedKey] | Sequence[Entry], now: datetime) -> None:
    """Raises LimitReached unless there are none."""
    if used_up:
        raise LimitReached([Reached(one.rule, one.ends_at) for one in used_up], now)
