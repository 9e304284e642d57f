"""What an officer may do to a report now: what the desk refuses by, in one list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report import queries, rights
from routing_service.report.returns import returns_of
from routing_service.report.rights import Sight, Standing
from shared.domain import lifecycle
from shared.domain.lifecycle import VERIFYING, Action, Holder, Status
from shared.log import parts
from shared.log.events import EventType

#: After an appeal they are another officer's than the one who archived the report.
DECIDING = frozenset({Action.VERIFY, Action.ARCHIVE, Action.HOLD, Action.MERGE})
_ENDED_BY_CLOCK = frozenset({Action.PUT_RIGHT, Action.RESUME})


class OfficerAction(StrEnum):
    """What officers do, by the operation of that name; both kinds of response are `POST .../responses`."""

    VERIFY = "verify"
    FORWARD = "forward"
    DISPOSE = "dispose"
    ANSWER = "answer"
    REDIRECT = "redirect"
    RETURN = "return"
    HOLD = "hold"
    RESUME = "resume"
    RESPOND = "respond"
    RESPOND_FINAL = "respond_final"
    PUT_RIGHT = "put_right"
    ARCHIVE = "archive"
    CORRECT = "correct"
    MERGE = "merge"
    UNMERGE = "unmerge"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Officer:
    """How somebody stands to a report, and how often a report may be returned before somebody must decide."""

    sub: str
    standing: Standing
    sight: Sight
    most_returns: int


async def possible(
    session: AsyncSession, row: Row[Any], officer: Officer
) -> list[tuple[OfficerAction, datetime | None]]:
    """Each with the instant at which a clock ends it."""
    holder = Holder(row.holder_level, row.holder_agency_code)
    open_to = rights.open_to(officer.standing, holder)
    found = lifecycle.taken(open_to, row.status, holder=holder)
    for refused in _REFUSED:
        if not refused.actions.isdisjoint(found):
            barred = await refused.by(session, row, officer)
            found = [action for action in found if action not in barred]
    ends_at = None
    if not _ENDED_BY_CLOCK.isdisjoint(found):
        ends_at = await queries.ends_by_itself_at(session, row.id)
    named = [(OfficerAction(one.value), ends_at if one in _ENDED_BY_CLOCK else None) for one in found]
    if rights.may_note(officer.standing, officer.sight):
        named.append((OfficerAction.NOTE, None))
    return named


def is_correctable(held_from: Status | None) -> bool:
    """What was held before it was verified has no class to correct: only its resumption leads on."""
    return held_from is not Status.RECEIVED


async def must_be_decided_by_another(session: AsyncSession, report_id: UUID, status: Status, sub: str) -> bool:
    """After an appeal, the officer who archived the report does not decide on it again."""
    if status not in VERIFYING:
        return False
    archived_by: set[str] = set()
    barred: set[str] = set()
    for event in await parts.steps(session, report_id, EventType.REPORT_ARCHIVED, EventType.REPORT_APPEALED):
        if event.type is EventType.REPORT_ARCHIVED:
            archived_by.add(event.actor.partition(":")[2])
        else:
            barred |= archived_by
    return sub in barred


async def _to_another(session: AsyncSession, row: Row[Any], officer: Officer) -> frozenset[Action]:
    barred = await must_be_decided_by_another(session, row.id, row.status, officer.sub)
    return DECIDING if barred else frozenset()


async def _in_the_ring(session: AsyncSession, row: Row[Any], officer: Officer) -> frozenset[Action]:
    returned = await parts.steps(session, row.id, EventType.REPORT_RETURNED)
    holder = Holder(row.holder_level, row.holder_agency_code)
    if not returns_of(returned, officer.most_returns).must_keep(holder):
        return frozenset()
    passed_on = {Action.RETURN, Action.FORWARD} if officer.standing is Standing.COORDINATOR else {Action.RETURN}
    return frozenset(passed_on)


async def _uncorrectable(_session: AsyncSession, row: Row[Any], _officer: Officer) -> frozenset[Action]:
    return frozenset() if is_correctable(row.held_from) else frozenset({Action.CORRECT})


async def _being_withdrawn(session: AsyncSession, row: Row[Any], _officer: Officer) -> frozenset[Action]:
    withdrew = await parts.of_types(session, row.id, [EventType.REPORTER_WITHDREW])
    return frozenset({Action.MERGE}) if withdrew else frozenset()


async def _nothing_to_put_right(session: AsyncSession, row: Row[Any], officer: Officer) -> frozenset[Action]:
    """An officer corrects the responses of the agency that they speak for."""
    speaks_for = None if officer.standing is Standing.NATIONAL else row.holder_agency_code
    given = await queries.has_response_to_correct(session, row.id, speaks_for)
    return frozenset() if given else frozenset({Action.PUT_RIGHT})


@dataclass(frozen=True, slots=True)
class _Refused:
    """What else stands against some actions; looked up only where one of them is in question."""

    actions: frozenset[Action]
    by: Callable[[AsyncSession, Row[Any], Officer], Awaitable[frozenset[Action]]]


_REFUSED = (
    _Refused(DECIDING, _to_another),
    _Refused(frozenset({Action.RETURN, Action.FORWARD}), _in_the_ring),
    _Refused(frozenset({Action.CORRECT}), _uncorrectable),
    _Refused(frozenset({Action.MERGE}), _being_withdrawn),
    _Refused(frozenset({Action.PUT_RIGHT}), _nothing_to_put_right),
)
