"""What a submission needs of the registry, remembered for half a minute: it costs the hot path no query."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.submissions import queries
from shared.domain.terms import Term

REMEMBERED_SECONDS = 30.0
REMEMBERED_ENTRIES = 10_000

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Instansi:
    code: str
    time_zone: ZoneInfo
    service: Term

    def serves_at(self, instant: datetime) -> bool:
        """By the calendar where it sits."""
        return self.service.serves(instant.astimezone(self.time_zone).date())


class Registry:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._categories: tuple[float, Mapping[str, Term]] = 0.0, {}
        self._channels: dict[str, tuple[float, tuple[str, ...] | None]] = {}
        self._instansi: dict[str, tuple[float, Instansi]] = {}

    async def channels_of(self, client_id: str) -> tuple[str, ...] | None:
        """The channels that a registered client may name; None: the client is not registered."""
        now = time.monotonic()
        until, channels = self._channels.get(client_id, (0.0, None))
        if until < now:
            found = await queries.channels_of(self._engine, client_id)
            channels = None if found is None else tuple(found)
            _make_room(self._channels)
            self._channels[client_id] = now + REMEMBERED_SECONDS, channels
        return channels

    async def instansi_of(self, agency: str) -> Instansi | None:
        """The root of an agency's tree. That there is none is not remembered: it may be registered any moment."""
        now = time.monotonic()
        if (known := self._instansi.get(agency)) is not None and known[0] >= now:
            return known[1]
        row = await queries.instansi_of(self._engine, agency)
        if row is None:
            return None
        found = Instansi(row.code, ZoneInfo(row.time_zone), Term(row.active, row.valid_from, row.valid_until))
        _make_room(self._instansi)
        self._instansi[agency] = now + REMEMBERED_SECONDS, found
        return found

    async def is_out_of_service(self, category: str, day: date) -> bool:
        """Whether reports of that day may not be put under it. One that is not known here is not: it may be new."""
        now = time.monotonic()
        until, known = self._categories
        if until < now:
            known = {row.code: Term(*row[1:]) for row in await queries.all_categories(self._engine)}
            self._categories = now + REMEMBERED_SECONDS, known
        return category in known and not known[category].serves(day)


def _make_room(entries: dict[str, Entry]) -> None:
    if len(entries) >= REMEMBERED_ENTRIES:
        entries.clear()
