"""Whom an escalation is for. First responses are due at the end of 9 March 2026, in Samarinda's time (UTC+8)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.domain.officers import OfficerRole
from sla_monitor.notifications import addressing
from sla_monitor.notifications.addressing import Addressed, Manner
from tests.factories import a_registry
from tests.sla_monitor.histories import History, end_of
from tests.sla_monitor.post import DUE, STARTED, an_officer, overdue
from tests.sla_monitor.stored import a_report, computed, rows, swept

R = OfficerRole
HOUR = timedelta(hours=1)


async def addressed(session: AsyncSession, now: datetime = DUE, *, most: int = 3) -> Addressed:
    return await addressing.address(session, Manner(most, 7), batch=100, now=now)


async def told(session: AsyncSession) -> list[str]:
    """The addresses that there are notifications for."""
    found = await rows(session, "SELECT o.email FROM notifications n JOIN officers o ON o.id = n.officer_id")
    return sorted(row.email for row in found)


@pytest.fixture
async def officers(session: AsyncSession) -> None:
    await a_registry(session)
    await an_officer(session, R.LIAISON_OFFICER, "SAMARINDA-PU", email="liaison@pu")
    await an_officer(session, R.AGENCY_HEAD, "SAMARINDA-PU", email="head@pu")
    await an_officer(session, R.LIAISON_OFFICER, "SAMARINDA-DINKES", email="liaison@dinkes")
    await an_officer(session, R.LIAISON_OFFICER, "BALIKPAPAN-PU", email="liaison@balikpapan")
    for role in (R.COORDINATOR, R.REGIONAL_SECRETARY, R.INSPECTORATE, R.REGIONAL_HEAD):
        await an_officer(session, role, "SAMARINDA", email=f"{role.value}@samarinda")
        await an_officer(session, role, "BALIKPAPAN", email=f"{role.value}@balikpapan")
    await an_officer(session, R.NATIONAL_ADMIN, None, email="admin@pusat")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (end_of("2026-03-06"), ["liaison@pu"]),
        (DUE, ["head@pu", "liaison@pu"]),
        # Nothing ran before: of what came late all at once the owner hears as well.
        (end_of("2026-03-12"), ["coordinator@samarinda", "liaison@pu"]),
        (end_of("2026-03-25"), ["inspectorate@samarinda", "liaison@pu", "regional_secretary@samarinda"]),
    ],
)
@pytest.mark.usefixtures("officers")
async def test_a_step_reaches_the_officers_of_the_agency_and_of_its_instansi(
    session: AsyncSession, at: datetime, expected: list[str]
) -> None:
    await overdue(session, at=at)

    # Resolution and the oversight of the whole are not due before the last of these days.
    await session.execute(text("DELETE FROM escalations WHERE stage <> 'first_response'"))
    await addressed(session, at)

    assert await told(session) == expected


@pytest.mark.usefixtures("officers")
async def test_verification_is_the_matter_of_the_national_administrators(session: AsyncSession) -> None:
    report_id = await a_report(session, History().received(STARTED))
    await computed(session, report_id, now=DUE)
    await swept(session, end_of("2026-03-05"))

    await addressed(session)

    assert await told(session) == ["admin@pusat"]


@pytest.mark.usefixtures("officers")
async def test_an_agency_without_an_officer_is_represented_by_the_nearest_above_it(session: AsyncSession) -> None:
    await overdue(session, agency="SAMARINDA-PU-JALAN")

    await addressed(session)

    assert await told(session) == ["head@pu", "liaison@pu"]


async def test_nobody_who_has_left_is_told_and_one_person_in_two_roles_once(session: AsyncSession) -> None:
    await a_registry(session)
    await an_officer(session, R.LIAISON_OFFICER, email="left@pu", active=False)
    await an_officer(session, R.LIAISON_OFFICER, email="both@pu")
    await an_officer(session, R.AGENCY_HEAD, email="Both@pu")
    await overdue(session)

    await addressed(session)

    assert [address.lower() for address in await told(session)] == ["both@pu"]


async def test_an_escalation_that_no_officer_is_registered_for_is_counted_once(session: AsyncSession) -> None:
    await a_registry(session)
    await overdue(session)

    first, second = await addressed(session), await addressed(session)

    assert (first.made, first.unreachable) == (0, 1)
    assert (second.picked, second.unreachable) == (0, 0)


@pytest.mark.usefixtures("officers")
async def test_neither_regional_head_nor_reporter_gets_a_mail_for_a_step(session: AsyncSession) -> None:
    await overdue(session, at=end_of("2026-05-05"))
    await session.execute(text("DELETE FROM escalations WHERE stage NOT LIKE 'oversight%'"))

    done = await addressed(session)

    assert (done.picked, done.made, done.unreachable) == (2, 0, 0)


@pytest.mark.usefixtures("officers")
@pytest.mark.parametrize("change", ["notify = false", "revoked_at = now()"])
async def test_what_notifies_nobody_or_was_revoked_is_for_nobody(session: AsyncSession, change: str) -> None:
    await overdue(session)
    await session.execute(text(f"UPDATE escalations SET {change}"))

    assert (await addressed(session)).picked == 0


@pytest.mark.parametrize(("count", "digest"), [(3, False), (4, True)])
async def test_more_than_three_mails_a_day_become_a_digest(session: AsyncSession, count: int, digest: bool) -> None:
    await a_registry(session)
    await an_officer(session)
    await overdue(session, count)

    await addressed(session)

    assert {row.digest for row in await rows(session, "SELECT digest FROM notifications")} == {digest}


async def test_what_was_sent_today_counts_and_tomorrow_not_any_more(session: AsyncSession) -> None:
    """DUE is midnight in Samarinda: what comes an hour before it is of the day before."""
    await a_registry(session)
    await an_officer(session)
    plan: list[tuple[datetime, bool]] = []
    for now, count in ((DUE - HOUR, 3), (DUE, 3), (DUE + HOUR, 1)):
        await overdue(session, count)
        await addressed(session, now)
        latest = await rows(session, "SELECT digest FROM notifications WHERE created_at = :now", now=now)
        plan.append((now, latest[0].digest))

    assert plan == [(DUE - HOUR, False), (DUE, False), (DUE + HOUR, True)]


@pytest.mark.parametrize(
    ("now", "at"),
    [  # seven o'clock in Samarinda is 23:00 UTC of the day before
        ("2026-03-09T22:59:00Z", "2026-03-09T23:00:00Z"),
        ("2026-03-09T23:00:00Z", "2026-03-10T23:00:00Z"),
        ("2026-03-10T15:59:00Z", "2026-03-10T23:00:00Z"),
        ("2026-03-10T16:01:00Z", "2026-03-10T23:00:00Z"),
    ],
)
async def test_a_digest_waits_for_its_hour_where_the_officer_is(session: AsyncSession, now: str, at: str) -> None:
    await a_registry(session)
    await an_officer(session)
    await overdue(session, 4)

    await addressed(session, datetime.fromisoformat(now))

    (waiting,) = await rows(session, "SELECT DISTINCT next_attempt_at FROM notifications")
    assert waiting.next_attempt_at == datetime.fromisoformat(at)


async def test_many_monitors_at_once_address_each_escalation_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        await an_officer(session)
        await overdue(session, 6)

    async def monitor() -> Any:
        while True:
            async with sessions.begin() as session:
                if (await addressing.address(session, Manner(3, 7), batch=1, now=DUE)).picked:
                    continue
                left = await rows(session, "SELECT id FROM escalations WHERE notify AND addressed_at IS NULL")
            if not left:
                return
            await asyncio.sleep(0.01)

    await asyncio.gather(*(monitor() for _ in range(4)))

    async with sessions() as session:
        made = await rows(session, "SELECT digest, count(*) AS n FROM notifications GROUP BY digest ORDER BY digest")
    assert [(row.digest, row.n) for row in made] == [(False, 3), (True, 3)]
