"""What decides, in the memory of a process: the registry, the rules, the boundaries, the model.

One cheap query tells whether a part has changed; then it is read again, before the next report is looked at. What costs
CPU is built outside the event loop. A part that cannot be read leaves the old one in place: that is counted, decisions
say so and ask a person, and nothing stops.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence import queries
from routing_service.competence.learning.model import Model
from routing_service.competence.models import queries as models
from routing_service.competence.opinion import Known
from routing_service.competence.place import loading
from routing_service.competence.place.locate import Locator
from routing_service.competence.rules import queries as rules
from routing_service.competence.rules.apply import NO_RULE_SET, RuleSet
from routing_service.competence.rules.instansi import NO_INSTANSI_RULES, InstansiRules
from routing_service.registry.agencies import queries as registry
from routing_service.registry.directory import Directory
from shared.database import Sessions
from shared.http.problems import is_away

logger = logging.getLogger(__name__)

Held = TypeVar("Held")
Version = int | None  #: None: there is nothing in force

NO_NAMES = Locator.build(())
RETRY_SECONDS = 30.0  # what could not be read is not tried again with every report


@dataclass(slots=True)
class KnowledgePart(Generic[Held]):
    name: str
    held: Held
    load: Callable[[AsyncSession, Version, Held], Awaitable[tuple[Held, Version]]]
    version: Version = None
    refused: tuple[Version, float] | None = None  #: what could not be read, and when that was tried

    def is_stale(self, newest: Mapping[str, Version]) -> bool:
        return newest[self.name] != self.version

    async def renew(self, session: AsyncSession, newest: Version) -> None:
        async with session.begin_nested():  # a statement that fails ends no transaction of the caller
            self.held, self.version = await self.load(session, newest, self.held)
        self.refused = None


class Knowledge:
    """One for each process, handed down."""

    def __init__(self, metrics: CollectorRegistry, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._loading = asyncio.Lock()
        self._failures = Counter(
            "lapor_routing_part_failures",
            "Times that a part of routing could not be read, or failed on a report.",
            ("part",),
            registry=metrics,
        )
        self.registry = KnowledgePart("registry", Directory(), _load_registry)
        self.rules = KnowledgePart("rules", NO_RULE_SET, _load_rules)
        self.instansi_rules = KnowledgePart("instansi_rules", NO_INSTANSI_RULES, _load_instansi_rules)
        self.boundaries = KnowledgePart("boundaries", NO_NAMES, _load_locator)
        self.model = KnowledgePart[Model | None]("model", None, _load_model)
        self._parts: tuple[KnowledgePart[Any], ...] = (
            self.registry, self.rules, self.instansi_rules, self.boundaries, self.model,
        )  # fmt: skip

    async def current(self, session: AsyncSession) -> Known:
        """The newest of everything. One query, if nothing has changed."""
        newest = await queries.newest_versions(session)
        if any(part.is_stale(newest) for part in self._parts):
            async with self._loading:  # many reports at once read it once
                for part in self._parts:
                    if part.is_stale(newest):
                        await self._renew(session, part, newest[part.name])
        # What another has read meanwhile may be newer than `newest`: only what was refused is out of date.
        outdated = tuple(part.name for part in self._parts if part.refused is not None and part.is_stale(newest))
        versions = {part.name: part.version for part in self._parts}
        return Known(
            self.registry.held, self.rules.held, self.boundaries.held, self.model.held, versions, outdated,
            self.instansi_rules.held,
        )  # fmt: skip

    async def warm_up(self, sessions: Sessions) -> None:
        """Read everything before the first report asks for it. If that fails, the report will try again."""
        try:
            async with sessions() as session:
                await self.current(session)
        except Exception as error:
            logger.warning("routing could not read its parts yet", extra={"error": type(error).__name__})

    def count_failures(self, parts: Sequence[str]) -> None:
        for part in parts:
            self._failures.labels(part).inc()

    async def _renew(self, session: AsyncSession, part: KnowledgePart[Any], newest: Version) -> None:
        refused, at = part.refused or (self, 0.0)
        if refused == newest and self._monotonic() - at < RETRY_SECONDS:
            return
        try:
            await part.renew(session, newest)
        except Exception as error:
            if is_away(error):
                raise
            part.refused = newest, self._monotonic()
            self.count_failures([part.name])
            logger.error(
                "a part of routing could not be read; the old one stays in force",
                extra={"part": part.name, "version": newest, "error": type(error).__name__},
            )


async def _load_registry(session: AsyncSession, newest: Version, _held: Directory) -> tuple[Directory, Version]:
    directory = await registry.directory(session)
    await asyncio.to_thread(directory.competent, "", "", on=date.min)  # makes its index
    return directory, max(directory.version, newest or 0)


async def _load_rules(session: AsyncSession, newest: Version, _held: RuleSet) -> tuple[RuleSet, Version]:
    if newest is None:
        return NO_RULE_SET, None
    found = await rules.rule_set(session, newest)
    await asyncio.to_thread(lambda: (found.index, found.vocabulary))
    return found, newest


async def _load_instansi_rules(
    session: AsyncSession, newest: Version, _held: InstansiRules
) -> tuple[InstansiRules, Version]:
    found = await rules.of_instansi(session)
    await asyncio.to_thread(lambda: [(one.index, one.vocabulary) for one in found.sets.values()])
    return found, newest


async def _load_locator(session: AsyncSession, _newest: Version, held: Locator) -> tuple[Locator, Version]:
    found = await loading.load_locator(session, held if held is not NO_NAMES else None)
    return found, found.boundaries


async def _load_model(session: AsyncSession, newest: Version, _held: Model | None) -> tuple[Model | None, Version]:
    if newest is None:
        return None, None
    blob = await models.blob(session, newest)
    return await asyncio.to_thread(Model.load, blob or b"", version=newest), newest
