"""The inbox: what waits for whom, what comes first, and several reports at once."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages import box_queries, inbox
from routing_service.pages.boxes import Box, Light, light
from shared.clients import Client, Role
from shared.domain.lifecycle import Level, Status
from shared.schema import Clock, Report
from tests.factories import NOON
from tests.routing_service.driving import AGENCY, COORDINATOR, OFFICER, Office
from tests.routing_service.pages.visiting import Visitor, cookie


@pytest.fixture
def coordinator(http: httpx.AsyncClient) -> Visitor:
    return Visitor(http, cookie(Role.COORDINATOR, sub="samarinda-1", agency="SAMARINDA"))


def numbers(page: httpx.Response) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/board/reports/(\d+)', page.text)


async def a_clock(session: AsyncSession, report: UUID, *, days: int, stage: str = "first_response") -> None:
    due = NOON + timedelta(days=days)
    values: dict[str, Any] = {
        "report_id": report, "stage": stage, "opened_seq": 1, "round": 1, "agency_code": AGENCY,
        "started_at": NOON - timedelta(days=8), "due_at": due, "due_on": due.date(), "days": 5, "state": "running",
        "outcome": "pending", "on_due": "escalate", "policy_code": "ID-SP4N-2018", "calendar_id": 1,
        "time_zone": "Asia/Makassar", "imported": False, "opened_recorded_at": NOON, "computed_seq": 1,
        "step_code": [], "step_at": [], "step_level": [], "step_kind": [], "step_recipients": [],
    }  # fmt: skip
    await session.execute(insert(Clock).values(**values))


async def number_of(session: AsyncSession, report: UUID) -> str:
    return str(await session.scalar(select(Report.tracking_number).where(Report.id == report)))


async def test_what_is_due_first_comes_first_with_its_light_and_its_days(
    office: Office, http: httpx.AsyncClient, session: AsyncSession
) -> None:
    late, soon, later = [await office.made(Status.ASSIGNED) for _ in range(3)]
    for report, days in ((soon, 1), (late, -2), (later, 30)):
        await a_clock(session, report, days=days)
    officer = Visitor(http, cookie(Role.LIAISON_OFFICER, sub="pu-1", agency=AGENCY))

    page = await officer.get("/board/inbox?box=unanswered")

    shown = numbers(page)
    assert shown[:3] == [await number_of(session, one) for one in (late, soon, later)]
    marks = re.findall(r'<span class="mark (red|yellow|green)">([^<]+)', page.text)
    assert marks[:3] == [("red", "2 days late"), ("yellow", "1 day left"), ("green", "30 days left")]


@pytest.mark.parametrize(("days", "expected"), [(-1, Light.RED), (0, Light.RED), (2, Light.YELLOW), (3, Light.GREEN)])
def test_a_report_is_at_risk_from_four_fifths_of_its_limit_on(days: int, expected: Light) -> None:
    started = NOON - timedelta(days=8)

    assert light(started, NOON + timedelta(days=days), NOON) is expected
    assert light(started, None, NOON) is Light.GREY


async def test_each_desk_has_what_it_holds(office: Office, http: httpx.AsyncClient, session: AsyncSession) -> None:
    own = await office.report(holder_level=Level.COORDINATOR, holder_agency_code="SAMARINDA")
    foreign = await office.report(holder_level=Level.COORDINATOR, holder_agency_code="BALIKPAPAN")
    national = await office.report()
    inboxes = {}
    for role, agency in (
        (Role.COORDINATOR, "SAMARINDA"),
        (Role.COORDINATOR, "BALIKPAPAN"),
        (Role.NATIONAL_ADMIN, None),
    ):
        visitor = Visitor(http, cookie(role, agency=agency))
        inboxes[role, agency] = set(numbers(await visitor.get("/board/inbox?box=unverified")))

    assert await number_of(session, own) in inboxes[Role.COORDINATOR, "SAMARINDA"]
    assert await number_of(session, foreign) in inboxes[Role.COORDINATOR, "BALIKPAPAN"]
    assert await number_of(session, national) in inboxes[Role.NATIONAL_ADMIN, None]
    found = list(inboxes.values())
    assert not (found[0] & found[1]) | (found[1] & found[2]) | (found[0] & found[2])


async def test_what_was_returned_lies_apart_and_what_goes_round_too(
    office: Office, coordinator: Visitor, session: AsyncSession
) -> None:
    report = await office.made(Status.ASSIGNED)
    await office.done(report, "returns", OFFICER)
    number = await number_of(session, report)

    returned = await coordinator.get("/board/inbox?box=returned")
    undisposed = await coordinator.get("/board/inbox?box=undisposed")
    await office.done(report, "disposition", COORDINATOR, agency=AGENCY)
    await office.done(report, "returns", OFFICER)
    ring = await coordinator.get("/board/inbox?box=ring")

    assert number in numbers(returned)
    assert number not in numbers(undisposed)
    assert number in numbers(ring)


async def test_a_bulk_act_of_which_three_fail_says_why_of_each_and_leaves_nothing_half_done(
    office: Office, coordinator: Visitor, session: AsyncSession
) -> None:
    reports = [await office.made(Status.VERIFIED) for _ in range(5)]
    page = await coordinator.get("/board/inbox?box=undisposed")
    chosen = re.findall(r'name="report" value="(\d+:\d+)"', page.text)
    found = [one for one in chosen if any([one.startswith(await number_of(session, r)) for r in reports])]
    for report in reports[:2]:  # somebody else was first
        await office.done(report, "archive", COORDINATOR)
    form = re.search(r'id="bulk">\s*<input type="hidden" name="form" value="(\w+)"', page.text)
    assert form is not None

    answer = await coordinator.post(
        "/board/inbox?box=undisposed", form=form[1], act="dispose", agency=AGENCY, report=[*found, "1000000013:3"]
    )

    assert answer.status_code == 200
    assert "3 of 6 reports were done." in answer.text
    for report in reports[:2]:
        assert f"{await number_of(session, report)}</a>: " in answer.text
        assert await office.status(report) is Status.ARCHIVED
    assert "There is no report 1000000013." in answer.text
    assert [await office.status(one) for one in reports[2:]] == [Status.ASSIGNED] * 3


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPERATOR, Role.IDENTITY_CUSTODIAN])
async def test_who_has_no_desk_is_told_so(role: Role, http: httpx.AsyncClient) -> None:
    page = await Visitor(http, cookie(role)).get("/board/inbox")

    assert page.status_code == 403
    assert "not for your role" in page.text


async def test_an_empty_box_says_why(http: httpx.AsyncClient) -> None:
    page = await Visitor(http, cookie(Role.LIAISON_OFFICER, agency="KALTIM-DISDIK")).get("/board/inbox?box=unanswered")

    assert "Every report that is assigned to you is followed up." in page.text


@pytest.mark.parametrize(
    ("role", "agency", "index"),
    [
        (Role.NATIONAL_ADMIN, None, "clocks_running_due_idx"),
        (Role.COORDINATOR, "SAMARINDA", "(holder_agency_code = "),
        (Role.LIAISON_OFFICER, AGENCY, "(holder_agency_code = "),
    ],
)  # fmt: skip
async def test_a_desk_is_read_by_its_own_index_and_the_country_by_what_is_due(
    role: Role, agency: str | None, index: str, office: Office, session: AsyncSession
) -> None:
    client = Client(sub="x", role=role, agency=agency, scopes=frozenset())
    asking = await inbox.asking(session, client, most_returns=2, now=NOON)
    statement = (
        box_queries._by_clock("oversight_response", Box.NEAR_60, asking)
        if agency is None
        else box_queries._by_desk(Box.NEAR_60, asking)
    )
    dialect = (await session.connection()).dialect
    written = statement.limit(50).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    await session.execute(text("SET LOCAL enable_bitmapscan = off"))

    plan = (await session.scalars(text(f"EXPLAIN {str(written).replace(':', chr(92) + ':')}"))).all()

    first = next(line for line in plan if ("Scan" in line and "clocks" in line) or "on reports" in line)
    assert index in "\n".join(plan)
    assert "Seq Scan" not in first
