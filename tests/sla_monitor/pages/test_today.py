"""What is late today, and that each number leads to exactly what it counts. It is the end of 12 March 2026."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.schema import Clock, OutboxRow
from tests.factories import a_registry
from tests.sla_monitor.conftest import NOW
from tests.sla_monitor.histories import History
from tests.sla_monitor.pages.conftest import Open
from tests.sla_monitor.test_endpoints import a_watched_report

LATE, RISKY, FRESH = "2026-03-02 10:00", "2026-03-06 10:00", "2026-03-12 10:00"
CASES = r'href="(/board/cases\?[^"]+)">\s*(?:<strong>)?(\d+)<'


def given_to(agency: str, at: str) -> History:
    return History().received(at).verified(at).assigned(at, agency)


@pytest.fixture
async def reports(session: AsyncSession) -> None:
    """Two late and one at risk in one city, another late one in another, and one of today."""
    await a_registry(session)
    for number, (agency, at) in enumerate(
        [("SAMARINDA-PU", LATE), ("SAMARINDA-DINKES", LATE), ("SAMARINDA-PU", RISKY), ("BALIKPAPAN-PU", LATE),
         ("SAMARINDA-PU", FRESH)]
    ):  # fmt: skip
        await a_watched_report(session, given_to(agency, at), agency=agency, tracking_number=f"100000000{number}")


def numbers(page: httpx.Response) -> dict[str, int]:
    return {path.replace("&amp;", "&"): int(count) for path, count in re.findall(CASES, page.text)}


def listed(page: httpx.Response) -> set[str]:
    return set(re.findall(r"/board/reports/(\d{10})", page.text))


async def test_every_number_opens_exactly_the_reports_that_it_counts(reports: None, open_page: Open) -> None:
    for who in ((Role.NATIONAL_ADMIN, None), (Role.COORDINATOR, "SAMARINDA"), (Role.SUPERVISOR, "KALTIM")):
        page = await open_page("/board/today", *who)
        assert page.status_code == 200, page.text
        found = numbers(page)
        assert found
        for path, count in found.items():
            case_list = await open_page(path, *who)
            assert len(listed(case_list)) == count, path


@pytest.mark.parametrize(
    ("role", "agency", "late", "at_risk"),
    [
        (Role.NATIONAL_ADMIN, None, 3, 1), (Role.SUPERVISOR, None, 3, 1), (Role.SUPERVISOR, "KALTIM", 3, 1),
        (Role.COORDINATOR, "SAMARINDA", 2, 1), (Role.COORDINATOR, "BALIKPAPAN", 1, 0),
        (Role.LIAISON_OFFICER, "SAMARINDA-PU", 1, 1), (Role.AGENCY_HEAD, "SAMARINDA-DINKES", 1, 0),
    ],
)  # fmt: skip
async def test_everybody_sees_their_own_part(
    role: Role, agency: str | None, late: int, at_risk: int, reports: None, open_page: Open
) -> None:
    found = numbers(await open_page("/board/today", role, agency))

    assert (found["/board/cases?urgency=late"], found["/board/cases?urgency=at_risk"]) == (late, at_risk)


async def test_a_report_is_at_risk_from_four_fifths_of_its_limit_on(session: AsyncSession, open_page: Open) -> None:
    await a_registry(session)
    report = await a_watched_report(session, given_to("SAMARINDA-PU", FRESH))
    clock = update(Clock).where(Clock.report_id == report, Clock.stage == "first_response")
    counts = []
    for started in (timedelta(hours=-8), timedelta(hours=-8, seconds=1)):
        await session.execute(clock.values(started_at=NOW + started, due_at=NOW + started + timedelta(hours=10)))
        counts.append(numbers(await open_page("/board/today"))["/board/cases?urgency=at_risk"])

    assert counts == [1, 0]


async def test_who_was_told_since_yesterday_and_what_moved_is_said(reports: None, open_page: Open) -> None:
    page = await open_page("/board/today")
    ladder, moves = await open_page("/board/ladder"), await open_page("/board/moves?type=report.assigned")

    told = re.search(r'href="/board/ladder"><strong>(\d+)', page.text)
    assert told is not None
    assert len(re.findall(r"<li>\s*<strong>", ladder.text)) == int(told[1]) > 0
    assert listed(moves) == {"1000000004"}  # the others were given earlier
    assert ">1</a>" in page.text.partition("type=report.assigned")[2][:20]


async def test_a_supervisor_without_the_scope_reads_no_words_of_a_secret_report(
    session: AsyncSession, open_page: Open
) -> None:
    await a_registry(session)
    await a_watched_report(
        session, given_to("SAMARINDA-PU", LATE), secret=True, title="Pungli", tracking_number="1000000009"
    )

    without = await open_page("/board/cases", Role.SUPERVISOR)
    granted = await open_page("/board/cases", Role.SUPERVISOR, scopes=("reports:secret",))
    part = await open_page("/board/cases", Role.SUPERVISOR, "KALTIM")

    assert "1000000009" in without.text
    assert "Pungli" not in without.text
    assert "Pungli" in granted.text
    assert "1000000009" not in part.text


async def test_an_empty_page_says_why(session: AsyncSession, open_page: Open) -> None:
    page, indonesian = await open_page("/board/today"), await open_page("/board/today", language="id")

    assert "Empty: no deadline of an officer has passed" in page.text
    assert "Kosong: tidak ada tenggat petugas yang lewat" in indonesian.text
    assert "As of 12 March 2026" in page.text


async def test_a_wall_screen_has_no_actions_and_asks_anew_by_itself(reports: None, open_page: Open) -> None:
    page = await open_page("/board/today?wall=1")

    assert '<meta http-equiv="refresh" content="60">' in page.text
    assert "<form" not in page.text
    assert "script" not in page.headers["content-security-policy"]


async def test_a_page_without_a_log_in_leads_to_it_and_back(open_page: Open, client: httpx.AsyncClient) -> None:
    answer = await client.get("/board/cases?urgency=late&stage=verification")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("http://127.0.0.1:8002/oauth/login?next=%2Fboard%2Fcases")


@pytest.mark.parametrize("query", ["urgency=x", "agency=NOWHERE", "cursor=x", "limit=0", "wrong=1"])
async def test_what_cannot_be_asked_for_is_a_sentence(query: str, session: AsyncSession, open_page: Open) -> None:
    page = await open_page(f"/board/cases?{query}")

    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert 'role="alert"' in page.text
    assert "on our side" not in page.text


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.IDENTITY_CUSTODIAN])
async def test_who_works_on_no_report_sees_none(role: Role, session: AsyncSession, open_page: Open) -> None:
    assert {(await open_page(f"/board/{page}", role)).status_code for page in ("today", "cases", "ladder")} == {403}


async def test_operators_see_what_waits_and_what_was_refused(
    reports: None, session: AsyncSession, open_page: Open
) -> None:
    late = await open_page("/board/health", Role.OPERATOR)
    await session.execute(update(OutboxRow).values(parked_at=NOW))
    parked = await open_page("/board/health", Role.OPERATOR)
    refused = await open_page("/board/health", Role.NATIONAL_ADMIN)

    assert (late.status_code, parked.status_code, refused.status_code) == (200, 200, 403)
    assert "To be looked at" in parked.text


@pytest.mark.parametrize("type", ["report.noted", "reporter.replied", "report.assigned"])
async def test_what_is_no_move_has_no_list(type: str, reports: None, open_page: Open) -> None:
    page = await open_page(f"/board/moves?type={type}")

    assert page.status_code == (200 if type == "report.assigned" else 422)
    assert "<h1>" in page.text
