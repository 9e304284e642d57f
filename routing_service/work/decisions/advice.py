"""What is suggested for reports: worked out before their locks are taken, confirmed under them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.knowledge import Knowledge
from routing_service.competence.opinion import Advised, Known, Opinion, opine
from routing_service.report import queries as common
from routing_service.report.case import Case
from routing_service.report.returns import returns_of
from routing_service.work.decisions import queries
from shared.domain.codes import Channel
from shared.domain.lifecycle import Level
from shared.domain.newer import code
from shared.domain.regions import time_zone_of
from shared.log.events import Event


@dataclass(slots=True)
class Adviser:
    """Knows the words of some reports and what to think of them, with one state of the rules."""

    knowledge: Knowledge
    known: Known
    most_returns: int
    written: dict[UUID, Row[Any]] = field(default_factory=dict)
    opinions: dict[UUID, Opinion] = field(default_factory=dict)
    awaited: list[Case] = field(default_factory=list)  #: to be thought about

    async def on(self, session: AsyncSession, case: Case, history: Sequence[Event], at: datetime) -> Advised:
        """The decision on a report as it is under its lock; computed anew only if what decides has changed since.

        `history`: its returns at least.
        """
        if case.id not in self.written:
            self.written |= await queries.stored_decisions(session, [case.id])
        inquiry = self._inquiry(case, history)
        opinion = self.opinions.get(case.id)
        if opinion is None or not opinion.is_about(inquiry):
            opinion = (await self._opine([inquiry]))[0]
            self.opinions[case.id] = opinion
        return opinion.decide(inquiry, at.astimezone(ZoneInfo(time_zone_of(case.region))).date())

    async def think(self) -> None:
        """Do the work that needs no lock and no connection."""
        opinions = await self._opine([self._inquiry(case, ()) for case in self.awaited])
        self.opinions |= {case.id: opinion for case, opinion in zip(self.awaited, opinions, strict=True)}
        self.awaited = []

    async def _opine(self, inquiries: Sequence[Inquiry]) -> list[Opinion]:
        opinions = await asyncio.to_thread(opine, inquiries, self.known)
        for opinion in opinions:
            self.knowledge.count_failures(opinion.failed)
        return opinions

    def _inquiry(self, case: Case, history: Sequence[Event]) -> Inquiry:
        written = self.written[case.id]
        returns = returns_of(history, self.most_returns)
        zone = ZoneInfo(time_zone_of(case.region))
        return Inquiry(
            title=case.title,
            body=written.body,
            received_on=case.received_at.astimezone(zone).date(),
            classification=case.classification,
            channel=code(Channel, written.channel),
            category=case.category,
            subject=case.subject,
            target_agency=case.target_agency,
            region=case.set_region or case.region,
            location_text=written.location_text,
            # An officer who says where it is has seen the pin, and says otherwise, or more.
            latitude=None if case.set_region else written.latitude,
            longitude=None if case.set_region else written.longitude,
            within=case.holder.agency if case.holder.level is Level.COORDINATOR else None,
            returned_by=returns.agencies,
            suggested=returns.suggested,
            returns=returns.count,
            must_decide=returns.must_decide(case.holder, case.status, case.held_from),
        )


@dataclass(frozen=True, slots=True)
class Advising:
    """What advisers of a process need."""

    knowledge: Knowledge
    most_returns: int

    async def adviser(self, session: AsyncSession, report_ids: Iterable[UUID] = ()) -> Adviser:
        """One that has read these reports, without locking any, and may think about them."""
        found = Adviser(self.knowledge, await self.knowledge.current(session), self.most_returns)
        wanted = list(report_ids)
        if wanted:
            found.written = await queries.stored_decisions(session, wanted)
            found.awaited = list((await common.cases(session, wanted)).values())
        return found
