"""Whoever must act hears of it, whoever holds the report and whoever is registered.

First responses are due at the end of 9 March 2026, a Monday, in Samarinda's time (UTC+8); so are their breaches.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import Level, Status
from shared.domain.officers import OfficerRole
from sla_monitor.notifications import addressing
from sla_monitor.notifications.addressing import Addressed, Gap, Manner
from tests.factories import a_registry
from tests.sla_monitor.histories import History, end_of
from tests.sla_monitor.post import DUE, STARTED, an_officer, overdue
from tests.sla_monitor.stored import a_report, computed, rows, swept, went_on

R = OfficerRole
SAMARINDA = {"level": "coordinator", "agency": "SAMARINDA"}
NATIONAL = {"level": "national", "agency": None}
MINUTE = timedelta(minutes=1)


async def addressed(session: AsyncSession, now: datetime = DUE, *, most: int = 99) -> Addressed:
    return await addressing.address(session, Manner(most, 7), batch=100, now=now)


async def told(session: AsyncSession, where: str = "true") -> list[str]:
    """Who is to be told, each once for a step."""
    found = await rows(
        session,
        f"""
        SELECT o.email FROM notifications n JOIN officers o ON o.id = n.officer_id
        JOIN escalations e ON e.id = n.escalation_id WHERE n.state <> 'dropped' AND {where} ORDER BY o.email
        """,
    )
    return [row.email for row in found]


async def held(session: AsyncSession, history: History, at: datetime, **columns: Any) -> UUID:
    """A report as its history leaves it, swept at an instant."""
    level, agency = history.holder["level"], history.holder["agency"]
    report_id = await a_report(session, history, holder_level=Level(level), holder_agency_code=agency, **columns)
    await computed(session, report_id, now=at)
    await swept(session, at)
    return report_id


async def officers(session: AsyncSession, *who: tuple[OfficerRole, str | None]) -> None:
    await a_registry(session)
    for role, agency in who:
        await an_officer(session, role, agency, email=f"{role.value}@{(agency or 'pusat').lower()}")


def of_a_channel(at: str = STARTED, *, recorded: str | None = None) -> History:
    """An agency's own channel brings a report: its coordinator holds it from the beginning."""
    history = History()
    history.holder = SAMARINDA
    return history.received(at, recorded=recorded)


VERIFIED_BY = end_of("2026-03-05")


async def test_a_report_that_its_own_coordinator_verifies_reminds_that_coordinator(session: AsyncSession) -> None:
    await officers(session, (R.COORDINATOR, "SAMARINDA"), (R.NATIONAL_ADMIN, None))
    await held(session, of_a_channel(), VERIFIED_BY)

    await addressed(session, VERIFIED_BY)

    assert await told(session, "stage = 'verification' AND step_code = 0") == ["coordinator@samarinda"]


async def test_a_report_that_was_returned_to_the_national_level_reminds_its_administrators(
    session: AsyncSession,
) -> None:
    await officers(session, (R.COORDINATOR, "SAMARINDA"), (R.NATIONAL_ADMIN, None), (R.SUPERVISOR, None))
    history = History().received(STARTED).verified(STARTED).forwarded(STARTED).returned(STARTED, to=NATIONAL)
    await held(session, history, VERIFIED_BY, status=Status.VERIFIED)

    await addressed(session, VERIFIED_BY)

    assert await told(session, "step_code = 0 AND stage = 'disposition'") == [
        "national_admin@pusat",
        "supervisor@pusat",
    ]


async def test_a_disputed_direct_answer_of_the_national_level_is_its_own_matter(session: AsyncSession) -> None:
    await officers(session, (R.COORDINATOR, "SAMARINDA"), (R.NATIONAL_ADMIN, None))
    history = History().received(STARTED).verified(STARTED).answered(STARTED).reopened(STARTED)
    report_id = await held(session, history, DUE - MINUTE, status=Status.IN_PROGRESS)
    await swept(session, DUE)

    done = await addressed(session, DUE)

    assert set(await told(session, "stage IN ('first_response', 'resolution')")) == {"national_admin@pusat"}
    assert done.unreachable == 0
    steps = await rows(session, "SELECT recipients FROM escalations WHERE report_id = :id", id=report_id)
    assert {row.recipients for row in steps} == {"national_admin", "national_admin,supervisors"}


LATE = "2026-03-20 10:00"


@pytest.mark.parametrize(
    ("history", "registered", "expected"),
    [
        (
            History().received("2026-02-02 10:00", recorded=LATE),
            [(R.NATIONAL_ADMIN, None)],
            ["national_admin@pusat"],
        ),
        (
            History().received("2026-02-02 10:00", recorded=LATE),
            [(R.NATIONAL_ADMIN, None), (R.SUPERVISOR, None)],
            ["national_admin@pusat", "supervisor@pusat"],
        ),
        (
            of_a_channel("2026-02-02 10:00", recorded=LATE),
            [(R.COORDINATOR, "SAMARINDA")],
            ["coordinator@samarinda"],
        ),
        (
            of_a_channel("2026-02-02 10:00", recorded=LATE),
            [(R.COORDINATOR, "SAMARINDA"), (R.REGIONAL_SECRETARY, "SAMARINDA"), (R.NATIONAL_ADMIN, None)],
            ["coordinator@samarinda", "regional_secretary@samarinda"],
        ),
        (
            of_a_channel("2026-02-02 10:00", recorded=LATE),
            [(R.NATIONAL_ADMIN, None)],
            ["national_admin@pusat"],
        ),
    ],
)
async def test_of_what_came_late_the_highest_that_reaches_somebody_is_told_and_the_owner(
    session: AsyncSession, history: History, registered: list[tuple[OfficerRole, str | None]], expected: list[str]
) -> None:
    await officers(session, *registered)
    now = datetime.fromisoformat("2026-03-20T02:00:05+00:00")
    await held(session, history, now)

    await addressed(session, now)

    assert await told(session, "stage = 'verification'") == expected
    (waiting,) = await rows(session, "SELECT DISTINCT next_attempt_at FROM notifications")
    assert waiting.next_attempt_at == now  # whoever enters something late waits for no morning


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        ([(R.LIAISON_OFFICER, "SAMARINDA-PU")], ["liaison_officer@samarinda-pu"]),
        ([(R.AGENCY_HEAD, "SAMARINDA-PU")], ["agency_head@samarinda-pu"]),
        ([(R.COORDINATOR, "SAMARINDA"), (R.NATIONAL_ADMIN, None)], ["coordinator@samarinda"]),
        ([(R.INSPECTORATE, "SAMARINDA"), (R.NATIONAL_ADMIN, None)], ["inspectorate@samarinda"]),
        ([(R.NATIONAL_ADMIN, None), (R.SUPERVISOR, None)], ["national_admin@pusat"]),
        ([(R.SUPERVISOR, None)], ["supervisor@pusat"]),
        ([(R.COORDINATOR, "BALIKPAPAN"), (R.REGIONAL_HEAD, "SAMARINDA")], []),
    ],
)
async def test_a_breach_that_would_reach_nobody_goes_to_the_next_above_that_exists(
    session: AsyncSession, registered: list[tuple[OfficerRole, str | None]], expected: list[str]
) -> None:
    await officers(session, *registered)
    await overdue(session)

    done = await addressed(session)

    assert await told(session) == expected
    own = {R.LIAISON_OFFICER, R.AGENCY_HEAD} & {role for role, _ in registered}
    gaps = () if own else (Gap("SAMARINDA", "agency_head", 1), Gap("SAMARINDA", "liaison_officer", 1))
    assert (done.unreachable, done.gaps) == (0 if own else 1, gaps)


async def test_a_step_above_whom_nobody_stands_goes_to_the_highest_below(session: AsyncSession) -> None:
    await officers(session, (R.LIAISON_OFFICER, "SAMARINDA-PU"), (R.AGENCY_HEAD, "SAMARINDA-PU"))
    await overdue(session, at=end_of("2026-03-12"))

    done = await addressed(session, end_of("2026-03-12"))

    assert await told(session, "step_code = 3") == ["agency_head@samarinda-pu", "liaison_officer@samarinda-pu"]
    assert Gap("SAMARINDA", "coordinator", 1) in done.gaps


async def test_what_waits_for_an_officer_who_leaves_goes_to_whoever_has_the_role_then(session: AsyncSession) -> None:
    await officers(session, (R.LIAISON_OFFICER, "SAMARINDA-PU"), (R.COORDINATOR, "SAMARINDA"))
    await overdue(session)
    await addressed(session)
    await session.execute(text("UPDATE officers SET active = false WHERE role = 'liaison_officer'"))
    await an_officer(session, R.LIAISON_OFFICER, "SAMARINDA-PU", email="new@pu")

    await addressed(session, DUE + MINUTE)

    assert await told(session) == ["new@pu"]


async def test_if_nobody_has_the_role_it_goes_to_the_next_above_and_to_nobody_twice(session: AsyncSession) -> None:
    await officers(session, (R.LIAISON_OFFICER, "SAMARINDA-PU"), (R.COORDINATOR, "SAMARINDA"))
    await overdue(session)
    await addressed(session)
    await session.execute(text("UPDATE officers SET active = false WHERE role = 'liaison_officer'"))

    first, second = await addressed(session, DUE + MINUTE), await addressed(session, DUE + 2 * MINUTE)

    assert await told(session) == ["coordinator@samarinda"]
    assert (first.made, first.unreachable, second.picked) == (1, 1, 0)


async def test_if_nobody_is_left_at_all_it_is_counted_and_waits_for_nobody(session: AsyncSession) -> None:
    await officers(session, (R.LIAISON_OFFICER, "SAMARINDA-PU"))
    await overdue(session)
    await addressed(session)
    await session.execute(text("UPDATE officers SET active = false"))

    done = await addressed(session, DUE + MINUTE)

    assert (done.made, done.unreachable) == (0, 1)
    assert await told(session) == []


async def test_what_ended_before_anybody_was_told_is_asked_of_nobody(session: AsyncSession) -> None:
    await officers(session, (R.NATIONAL_ADMIN, None))
    history = History().received(STARTED)
    report_id = await held(session, history, VERIFIED_BY)
    await went_on(session, report_id, history.verified("2026-03-06 00:01").forwarded("2026-03-06 00:01"))
    await computed(session, report_id, now=VERIFIED_BY + MINUTE)

    done = await addressed(session, VERIFIED_BY + MINUTE)

    assert await told(session) == []
    assert done.unreachable == 0


@pytest.mark.parametrize(
    ("due", "now", "morning"),
    [
        ("2026-03-09", "2026-03-10T00:00:05+08:00", "2026-03-10T07:00:00+08:00"),
        ("2026-03-09", "2026-03-10T06:59:59+08:00", "2026-03-10T07:00:00+08:00"),
        ("2026-03-09", "2026-03-10T07:00:00+08:00", "2026-03-10T07:00:00+08:00"),  # nothing ran for a while: at once
        ("2026-03-09", "2026-03-14T03:00:00+08:00", "2026-03-14T03:00:00+08:00"),
        ("2026-03-13", "2026-03-14T00:00:05+08:00", "2026-03-16T07:00:00+08:00"),  # a Friday ends
    ],
)
async def test_what_falls_due_at_night_is_told_in_the_morning_of_a_working_day(
    session: AsyncSession, due: str, now: str, morning: str
) -> None:
    await officers(session, (R.LIAISON_OFFICER, "SAMARINDA-PU"))
    started = {"2026-03-09": "2026-03-02 10:00", "2026-03-13": "2026-03-06 10:00"}[due]
    history = History().received(started).verified(started).assigned(started, "SAMARINDA-PU")
    await held(session, history, end_of(due), agency_code="SAMARINDA-PU", status=Status.ASSIGNED)
    await session.execute(text("DELETE FROM escalations WHERE step_code <> 0 OR stage <> 'first_response'"))

    await addressed(session, datetime.fromisoformat(now))

    (waiting,) = await rows(session, "SELECT next_attempt_at FROM notifications")
    assert waiting.next_attempt_at == datetime.fromisoformat(morning)
