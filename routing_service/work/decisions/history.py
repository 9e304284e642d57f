"""Decisions and returns of a report as they are told: the newest in the explanation itself, all of them by pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.directory import Directory
from routing_service.report import queries as common
from routing_service.report.case import Case
from routing_service.report.reading import service as reports
from routing_service.report.reading.service import Found
from routing_service.report.rights import Sight
from routing_service.work.decisions import queries, views
from routing_service.work.decisions.advice import Advising
from routing_service.work.decisions.explanation import Explanation
from routing_service.work.decisions.schemas import DecisionView, ReturnView
from shared.actors import ROUTING
from shared.clients import Client
from shared.domain.regions import WIB, time_zone_of
from shared.domain.wording import Language
from shared.errors import Forbidden
from shared.http.wire import Page, PageParams, Sequence32
from shared.log import parts
from shared.log.events import Event, EventType
from shared.log.payloads.routing import ReportReturned

SERVICE = f"service:{ROUTING}"


@dataclass(frozen=True, slots=True)
class Teller:
    """`words`: to somebody who may read what the reporter wrote."""

    directory: Directory
    case: Case
    language: Language
    words: bool

    def decisions(self, decided: Iterable[Row[Any]], steps: Sequence[Event]) -> list[DecisionView]:
        """`steps`: with all assignments."""
        assigned = any(event.type is EventType.REPORT_ASSIGNED and event.actor == SERVICE for event in steps)
        return [self._decision(one, assigned=assigned) for one in decided]

    def _decision(self, decided: Row[Any], *, assigned: bool) -> DecisionView:
        """`assigned`: the service itself assigned the report; by its suggestion on the receipt, then."""
        agency = self.directory.get(decided.agency_code)
        day = decided.decided_at.astimezone(ZoneInfo(time_zone_of(self.case.region))).date()
        action = Explanation.from_data(decided.explanation).action
        return views.decision(
            decided,
            self.language,
            words=self.words,
            region=self.case.region,
            name=None if agency is None else agency.name_on(day),
            note=decided.note,
            carried_out=decided.automatic and assigned and action is EventType.REPORT_RECEIVED,
        )

    def returns(self, steps: Iterable[Event]) -> list[ReturnView]:
        return [
            views.of_return(event, told, self._names(event, told), self.language)
            for event in steps
            if (told := event.carries(ReportReturned)) is not None
        ]

    def _names(self, event: Event, told: ReportReturned) -> Mapping[str, str]:
        """Of the agencies that a return speaks of, as they were called then."""
        day = event.occurred_at.astimezone(ZoneInfo(told.moved.time_zone or WIB)).date()
        found = (self.directory.get(code) for code in (told.previous_agency, told.suggested_agency))
        return {agency.code: agency.name_on(day) for agency in found if agency is not None}


async def find_explained(session: AsyncSession, reference: str, client: Client) -> Found:
    """Raises NotFound, Forbidden."""
    found = await reports.find_report(session, reference, client)
    if found.sight is Sight.PUBLIC:
        raise Forbidden("Only those who work on this report may see why it went where.")
    return found


async def page_of_decisions(
    session: AsyncSession, reference: str, client: Client, params: PageParams, *, advising: Advising, language: Language
) -> Page[DecisionView]:
    """Newest first, as in the explanation. Raises NotFound, Forbidden, Invalid."""
    found = await find_explained(session, reference, client)
    before = _before(params, found, tuple[Literal["decisions"], UUID, Sequence32])
    rows = await queries.newest_decisions(session, found.row.id, before=before, limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: ("decisions", found.row.id, row.seq))
    steps = await parts.steps(session, found.row.id, EventType.REPORT_ASSIGNED)
    teller = await _teller(session, found, advising, language)
    return Page(items=teller.decisions(shown, steps), next_cursor=next_cursor)


async def page_of_returns(
    session: AsyncSession, reference: str, client: Client, params: PageParams, *, advising: Advising, language: Language
) -> Page[ReturnView]:
    """The same of those who returned it."""
    found = await find_explained(session, reference, client)
    before = _before(params, found, tuple[Literal["returns"], UUID, Sequence32])
    returned = reversed(await parts.steps(session, found.row.id, EventType.REPORT_RETURNED))
    older = [event for event in returned if before is None or event.seq < before]
    shown, next_cursor = params.cut(older[: params.rows], lambda event: ("returns", found.row.id, event.seq))
    teller = await _teller(session, found, advising, language)
    return Page(items=teller.returns(shown), next_cursor=next_cursor)


def _before(params: PageParams, found: Found, shape: Any) -> int | None:
    if params.cursor is None:
        return None
    before: int = reports.place_in_report(params.cursor, found, shape)[2]
    return before


async def _teller(session: AsyncSession, found: Found, advising: Advising, language: Language) -> Teller:
    case = (await common.cases(session, (found.row.id,)))[found.row.id]
    adviser = await advising.adviser(session)
    return Teller(adviser.known.directory, case, language, words=found.sight is Sight.FULL)
