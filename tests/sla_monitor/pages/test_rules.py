"""Calendars, policies and simulations as people see them. It is the end of 12 March 2026."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from shared.clients import Role
from shared.schema import AgencyLimit, CalendarVersion, Clock, Simulation
from sla_monitor import policy_documents
from sla_monitor.calendars import DayKind, Name
from sla_monitor.pages.rules import calendars
from sla_monitor.pages.rules.months import DayOff, months
from sla_monitor.reference.service import References
from sla_monitor.simulations import queries
from tests.conftest import clone, drop
from tests.factories import bearer
from tests.sla_monitor.conftest import NOW
from tests.sla_monitor.histories import History
from tests.sla_monitor.pages.conftest import Open
from tests.sla_monitor.test_endpoints import a_watched_report

Send = Callable[..., Awaitable[httpx.Response]]

OPERATOR, SUPERVISOR = Role.OPERATOR, Role.SUPERVISOR
CSV = "action,date,kind,province,name_id,name_en\n"
ONE_DAY = f"{CSV}add,2026-03-11,cuti_bersama,,Cuti percobaan,Leave on trial\n"


@pytest.fixture(scope="module")
async def engine(server: URL, ruled: URL) -> AsyncIterator[AsyncEngine]:
    """Of a database with seeded rules and a small registry: whatever a test does there is rolled back."""
    url = await clone(server, ruled)
    found = create_async_engine(url)
    yield found
    await found.dispose()
    await drop(server, url)


@pytest.fixture(autouse=True)
def stored_references(app: FastAPI) -> None:
    app.state.references = References()


@pytest.fixture
def send_form(client: httpx.AsyncClient) -> Send:
    """The form of an act on a page, with what is hidden in it."""

    async def sent(page: httpx.Response, form: str, at: str | None = None, **fields: Any) -> httpx.Response:
        found = re.search(rf'<form method="post" action="([^"]+)" id="form-{form}"[^>]*>(.*?)</form>', page.text, re.S)
        assert found is not None, f"{form} is not there"
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[2]))
        cookie = str(page.request.headers["cookie"])
        headers = {"Cookie": cookie, "Accept-Language": "en"}
        return await client.post(at or unescape(found[1]), data=hidden | fields, headers=headers)

    return sent


async def a_draft(open_page: Open, send_form: Send, days: str = ONE_DAY) -> httpx.Response:
    """Its page, as an operator sees it after they have changed its days."""
    page = await open_page("/board/calendars", OPERATOR)
    made = await send_form(page, "draft", name="Percobaan", decree="SKB 2/2026")
    assert made.status_code == 303, made.text
    draft = await _followed(open_page, made)
    changed = await send_form(draft, "days", days=days)
    assert changed.status_code == 303, changed.text
    return await _followed(open_page, changed)


async def _followed(open_page: Open, answer: httpx.Response) -> httpx.Response:
    page = await open_page(answer.headers["location"], OPERATOR)
    assert page.status_code == 200, page.text
    return page


async def test_the_calendar_in_force_is_shown_as_months_with_what_is_only_estimated(
    session: AsyncSession, open_page: Open
) -> None:
    page = await open_page("/board/calendars", SUPERVISOR)
    id = re.search(r'href="/board/calendars/(\d+)"', page.text)
    assert id is not None
    later = await open_page(f"/board/calendars/{id[1]}?year=2027", SUPERVISOR)

    assert page.text.count('<table class="month">') == 12
    assert "working days in 2026" in page.text
    assert "2027 is not complete" in later.text
    assert later.text.count('<span class="mark yellow">estimated</span>') == 3
    assert (await open_page(f"/board/calendars/{id[1]}?year=1999", SUPERVISOR)).status_code == 404
    assert "form-draft" not in page.text  # only operators draft


async def test_a_draft_says_which_deadlines_it_moves_from_when_to_when_and_because_of_what(
    session: AsyncSession, open_page: Open, send_form: Send
) -> None:
    history = History().received("2026-03-10 10:00").verified("2026-03-10 10:00")
    report = await a_watched_report(
        session,
        history.assigned("2026-03-10 10:00", "SAMARINDA-PU"),
        agency="SAMARINDA-PU",
        tracking_number="1000000001",
    )
    draft = await a_draft(open_page, send_form)
    assert "New days off: 1; gone: 0." in draft.text
    seen = await open_page(draft.request.url.path, SUPERVISOR)

    page = await send_form(seen, "preview")

    assert page.status_code == 200, page.text
    due = await session.scalar(select(Clock.due_on).where(Clock.report_id == report, Clock.stage == "first_response"))
    assert due == date(2026, 3, 17)
    row = page.text.partition("First response</td>")[2].partition("</tr>")[0]
    assert ["17 March 2026" in row, "Leave on trial (is off then)" in row] == [True, True]
    assert 'href="/board/deadlines/1000000001"' in page.text
    assert "form-activate" not in page.text


async def test_a_preview_on_a_page_is_bounded_and_says_so(
    session: AsyncSession, open_page: Open, send_form: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        history = History().received("2026-03-10 10:00").verified("2026-03-10 10:00")
        await a_watched_report(session, history, tracking_number=f"100000000{number}")
    draft = await a_draft(open_page, send_form)
    monkeypatch.setattr(calendars, "MOST_PREVIEWED", 2)

    page = await send_form(await open_page(draft.request.url.path, Role.NATIONAL_ADMIN), "preview")

    assert "of 2 reports that were examined" in page.text
    assert "This page examines the oldest 2 reports alone." in page.text
    assert "/board/simulations?calendar=" in page.text


async def test_an_operator_puts_a_version_in_force_and_of_two_the_second_sees_who_was_first(
    session: AsyncSession, open_page: Open, send_form: Send
) -> None:
    draft = await a_draft(open_page, send_form)

    unread = await send_form(draft, "activate")
    odd = await send_form(draft, "activate", confirmed="yes", replaces="9" * 18)
    done = await send_form(draft, "activate", confirmed="yes")
    late = await send_form(draft, "activate", confirmed="yes")

    assert (unread.status_code, "Tick that you have read" in unread.text) == (422, True)
    assert odd.status_code == 422
    assert done.headers["location"].endswith("?done=activate")
    assert "being computed anew" in (await _followed(open_page, done)).text
    assert late.status_code == 409
    assert "Who changed it first:" in late.text
    assert await session.scalar(select(CalendarVersion.name).where(CalendarVersion.active)) == "Percobaan"


async def test_a_draft_that_has_changed_since_it_was_shown_is_not_put_in_force(
    session: AsyncSession, open_page: Open, send_form: Send
) -> None:
    draft = await a_draft(open_page, send_form)
    other = await send_form(draft, "days", days=ONE_DAY.replace("2026-03-11", "2026-03-12"))

    late = await send_form(draft, "activate", confirmed="yes")
    done = await send_form(late, "activate", confirmed="yes")

    assert (other.status_code, late.status_code, done.status_code) == (303, 409, 303)
    assert "This draft has changed since the page was shown" in late.text
    assert "Who changed it first:" in late.text


async def test_days_that_are_wrong_stand_beside_their_lines_and_what_was_typed_is_kept(
    session: AsyncSession, open_page: Open, send_form: Send
) -> None:
    draft = await a_draft(open_page, send_form)
    typed = f"{CSV}add,2026-03-12,cuti_bersama,,Baru,New\nadd,2026-03-11,holiday,,Lagi,Again\nadd,soon,holiday,,X,X\n"

    refused = await send_form(draft, "days", days=typed)
    again = await send_form(draft, "days", days=typed.replace("add,soon,holiday,,X,X\n", ""))

    assert (refused.status_code, again.status_code) == (422, 422)
    assert "<strong>Line 4</strong>" in refused.text
    assert "<strong>Line 3</strong>: 2026-03-11 is a day off already" in again.text
    assert "add,soon,holiday" in refused.text
    assert "Baru" not in (await open_page(draft.request.url.path, OPERATOR)).text


async def test_nobody_else_changes_a_calendar(open_page: Open, send_form: Send) -> None:
    draft = await a_draft(open_page, send_form)
    seen = await open_page(draft.request.url.path, SUPERVISOR)

    refused = await send_form(seen, "preview", draft.request.url.path, act="activate", replaces="1", confirmed="yes")

    assert refused.status_code == 403


async def test_policies_stand_side_by_side_and_what_differs_is_marked(
    session: AsyncSession, open_page: Open, client: httpx.AsyncClient
) -> None:
    document = {**policy_documents.shipped("ID-SP4N-2018"), "code": "UJI-2030", "active": False}
    document["stages"]["first_response"]["limits"][0]["days"] = 4
    made = await client.post("/v1/policies", json=document, headers=bearer(OPERATOR))
    assert made.status_code == 201, made.text
    await session.merge(
        AgencyLimit(agency_code="SAMARINDA-PU", stage="first_response", days=3, changed_by="operator:a", changed_at=NOW)
    )

    beside = await open_page("/board/policies?code=ID-SP4N-2018&code=UJI-2030", SUPERVISOR)
    page = await open_page("/board/policies?code=ID-SP4N-2018&code=ID-SP4N-2025", SUPERVISOR)
    one = await open_page("/board/policies?code=ID-SP4N-2018", SUPERVISOR)
    none = await open_page("/board/policies?agency=SAMARINDA-DINKES", SUPERVISOR)

    assert beside.status_code == 200, beside.text
    assert re.findall(r'<th scope="row">([^<]+) <span class="mark yellow">differs', beside.text) == ["First response"]
    stages = re.findall(r'<tr><th scope="row">([^<]+)</th><td><ul class="plain"><li><strong>', one.text)
    assert stages[:4] == ["Verification", "Disposition", "First response", "Resolution"]
    assert "not filled in yet" in page.text
    assert "differs" not in page.text.partition("<main")[2]
    assert "<strong>5 working days</strong>" in one.text
    assert re.search(
        r'data-name="Days, its own">3</td><td class="number" data-name="Days, the policy[^"]*s">5<', one.text
    )
    assert "Empty: SAMARINDA-DINKES has no limit of its own." in none.text
    assert (await open_page("/board/policies?code=NONE", SUPERVISOR)).status_code == 404


async def test_another_limit_is_tried_on_past_reports_and_its_result_is_kept(
    session: AsyncSession, open_page: Open, send_form: Send
) -> None:
    page = await open_page("/board/simulations", SUPERVISOR)
    asked = await send_form(
        page,
        "simulate",
        **{"limit_stage": "first_response", "limit_days": "2", "from": "2026-03-01", "to": "2026-03-31"},
    )
    assert asked.status_code == 303, asked.text
    waiting = await open_page(asked.headers["location"], SUPERVISOR)
    kept = (await session.scalars(select(Simulation))).one()
    limits = kept.rules["policy"]["stages"]["first_response"]["limits"]
    group = {"agency": None, "stage": "first_response", "clocks": 4, "breaches": 1, "clocks_under_draft": 4,
             "breaches_under_draft": 2, "cases_changed": 1}  # fmt: skip
    case = {
        "report_id": str(kept.id), "tracking_number": "1000000001", "stage": "first_response", "opened_seq": 3,
        "agency": None, "due_at": NOW.isoformat(), "due_at_under_draft": (NOW - timedelta(days=3)).isoformat(),
        "stopped_at": None, "becomes": "late",
    }  # fmt: skip
    result = {"groups": [group], "cases_changed": 1, "cases": [case]}
    await queries.advance(session, kept, state="done", finished_at=NOW, result=result)
    done = await open_page(asked.headers["location"], SUPERVISOR)

    assert 'http-equiv="refresh"' in waiting.text
    assert {one["days"] for one in limits} == {2}
    assert 'http-equiv="refresh"' not in done.text
    assert re.search(r"25\.0 %.*50\.0 %.*more are late", done.text, re.S)
    assert 'href="/board/deadlines/1000000001"' in done.text
    assert asked.headers["location"] in (await open_page("/board/simulations", SUPERVISOR)).text
    assert (await open_page(asked.headers["location"], OPERATOR)).status_code == 404  # it looked at every report


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Choose a policy, a calendar or both"),
        ({"policy": "NONE"}, "There is no policy NONE."),
        ({"policy": "ID-SP4N-2018", "from": "2026-04-01"}, "The last day is before the first"),
        ({"policy": "ID-SP4N-2018", "from": "yesterday"}, "Give a date"),
        ({"policy": "ID-SP4N-2018", "agency": "NOBODY"}, "NOBODY"),
        ({"limit_days": "3"}, "Choose the stage"),
        ({"limit_stage": "first_response", "limit_days": "0"}, "Write the days of the limit"),
        ({"limit_stage": "first_response", "limit_days": "9" * 30}, "Write the days of the limit"),
        ({"limit_stage": "nowhere", "limit_days": "3"}, "Choose the stage"),
        ({"calendar": "99999"}, "There is no calendar 99999."),
    ],
)
async def test_what_cannot_be_simulated_is_refused_in_a_sentence_and_what_was_typed_is_kept(
    typed: dict[str, str], told: str, open_page: Open, send_form: Send
) -> None:
    page = await open_page("/board/simulations", SUPERVISOR)

    refused = await send_form(page, "simulate", **({"from": "2026-03-01", "to": "2026-03-31"} | typed))

    assert refused.status_code == 422, refused.text
    assert told in unescape(refused.text).partition('role="alert"')[2].partition("</div>")[0]
    assert all(f'value="{value}"' in refused.text for value in typed.values() if value in ("NOBODY", "2026-04-01"))


@pytest.mark.parametrize("cursor", ["", "٣", "2026-11..2026-01", "WyJ4Il0"])
async def test_a_place_in_a_list_that_no_page_gave_is_refused(open_page: Open, cursor: str) -> None:
    refused = [await open_page(f"/board/{one}?cursor={cursor}", OPERATOR) for one in ("calendars", "simulations")]

    assert [one.status_code for one in refused] == [422, 422]


async def test_an_empty_page_says_why(session: AsyncSession, open_page: Open) -> None:
    limits, simulations = [await open_page(f"/board/{one}", SUPERVISOR) for one in ("policies", "simulations")]
    await session.execute(update(CalendarVersion).where(CalendarVersion.active).values(active=False))
    none = await open_page("/board/calendars", SUPERVISOR)

    assert "Empty: no agency has set itself a limit." in limits.text
    assert "Empty: nobody has run a simulation yet." in simulations.text
    assert "Empty: no calendar is in force" in none.text


def test_a_month_has_its_weeks_and_its_working_days() -> None:
    name = Name("Idul Fitri (perkiraan)", "Eid al-Fitr (estimated)")
    offs = [
        DayOff(date(2026, 2, 3), DayKind.REGIONAL, "64", Name("Hari jadi", "Anniversary")),
        DayOff(date(2026, 2, 4), DayKind.HOLIDAY, None, name),
        DayOff(date(2026, 2, 4), DayKind.REGIONAL, "64", Name("Hari jadi", "Anniversary")),
        DayOff(date(2026, 2, 7), DayKind.CUTI_BERSAMA, None, Name("Cuti", "Leave")),  # a Saturday
    ]

    january, february = months(2026, {6, 7}, offs)[:2]

    assert (january.weeks[0][2], january.weeks[0][3]) == (None, january.weeks[0][3])
    assert (january.working, february.working) == (22, 19)  # a regional day is worked elsewhere
    assert [len(week) for week in february.weeks] == [7] * 5
    days = {one.on.day: one for week in february.weeks for one in week if one is not None}
    assert [days[n].kind for n in (1, 2, 3, 4, 7)] == ["weekend", "working", "regional", "holiday", "cuti_bersama"]
    assert [days[n].is_estimated for n in (3, 4)] == [False, True]
