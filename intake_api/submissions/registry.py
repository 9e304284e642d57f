"""What a submission needs of the registry, remembered for half a minute: it costs the hot path no query."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.submissions import queries

REMEMBERED_SECONDS = 30.0
REMEMBERED_ENTRIES = 10_000

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Service:
    """From when until when a category is in service."""

    active: bool
    valid_from: date | None
    valid_until: date | None

    def on(self, day: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= day
        return self.active and begun and (self.valid_until is None or day <= self.valid_until)


class Registry:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._categories: tuple[float, Mapping[str, Service]] = 0.0, {}
        self._channels: dict[str, tuple[float, tuple[str, ...] | None]] = {}
        self._instansi: dict[str, tuple[float, str]] = {}

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

    async def instansi_of(self, agency: str) -> str | None:
        """The root of an agency's tree. That there is none is not remembered: it may be registered any moment."""
        now = time.monotonic()
        until, root = self._instansi.get(agency, (0.0, ""))
        if until >= now:
            return root
        found = await queries.instansi_of(self._engine, agency)
        if found is not None:
            _make_room(self._instansi)
            self._instansi[agency] = now + REMEMBERED_SECONDS, found
        return found

    async def is_out_of_service(self, category: str, day: date) -> bool:
        """Whether reports of that day may not be put under it. One that is not known here is not: it may be new."""
        now = time.monotonic()
        until, known = self._categories
        if until < now:
            known = {row.code: Service(*row[1:]) for row in await queries.categories(self._engine)}
            self._categories = now + REMEMBERED_SECONDS, known
        return category in known and not known[category].on(day)


def _make_room(entries: dict[str, Entry]) -> None:
    if len(entries) >= REMEMBERED_ENTRIES:
        entries.clear()
