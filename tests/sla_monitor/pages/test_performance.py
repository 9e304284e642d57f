"""How agencies do, for everybody: what is told and what is not, and how often it is computed. It is 12 March 2026."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from html import unescape

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import now_dependency
from shared.domain.lifecycle import Level, Status
from shared.errors import Unavailable
from sla_monitor.indicators.catalogue import shipped
from sla_monitor.performance.kept import FRESH, OLDEST, Kept
from sla_monitor.performance.service import public_indicators
from tests.factories import a_registry
from tests.sla_monitor.conftest import NOW
from tests.sla_monitor.pages.test_agencies import life
from tests.sla_monitor.statistics.counting import counted

HELD = {"status": Status.ASSIGNED, "holder_level": Level.AGENCY}
ENGLISH = {"Accept-Language": "en"}
DASH = "\N{EN DASH}"


@pytest.fixture
async def reports(session: AsyncSession, app: FastAPI) -> None:
    """Ten of an agency, answered; twelve of another of its city, not; ten of a third three of a fourth, answered."""

    @asynccontextmanager
    async def jobs() -> AsyncIterator[AsyncSession]:
        yield session

    app.state.jobs = jobs
    await a_registry(session)
    for agency, count, answered in (
        ("SAMARINDA-PU", 10, True), ("SAMARINDA-DINKES", 12, False), ("BALIKPAPAN-PU", 10, True),
        ("KALTIM-DISDIK", 3, True),
    ):  # fmt: skip
        for _ in range(count):
            await one_more(session, agency, answered=answered)


async def one_more(session: AsyncSession, agency: str, *, answered: bool, secret: bool = False) -> None:
    where = {"holder_agency_code": agency, "agency_code": agency}
    history = life(agency, answered=answered)
    for place in (0, 1):  # received, verified
        event = history.events[place]
        history.events[place] = replace(event, data={**event.data, "secret": secret})
    await counted(session, history, **HELD | where, secret=secret)


def lines(page: httpx.Response) -> dict[str, list[str]]:
    """Of the table: rank and figures of each agency, as they are read."""
    table = page.text.partition('id="lines"')[2].partition("</table>")[0]
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]:
        rank, name, *cells = (unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in re.split(r"</t[dh]>", row)[:-1])
        found[name] = [rank, *cells]
    return found


async def test_agencies_are_ranked_with_all_below_them_where_there_are_enough(
    reports: None, client: httpx.AsyncClient
) -> None:
    nation = await client.get("/performance", headers=ENGLISH)
    city = await client.get("/performance/SAMARINDA", headers=ENGLISH)

    assert nation.status_code == 200, nation.text
    assert lines(nation)["Balikpapan"][:3] == ["1", "10", "✓ 100.0 %"]
    assert lines(nation)["Samarinda"][:3] == ["2", "22", "✗ 45.5 %"]
    assert "Kaltim" not in lines(nation)  # three reports
    assert lines(city) == {
        "Samarinda-Pu": ["1", "10", "✓ 100.0 %", *lines(city)["Samarinda-Pu"][3:]],
        "Samarinda-Dinkes": ["2", "12", "✗ 0.0 %", *lines(city)["Samarinda-Dinkes"][3:]],
    }
    assert "10 of 22" in city.text
    assert "median 3.0, 90th percentile 3.0" in city.text
    assert 'href="/performance/SAMARINDA-PU?of=followed_up_share"' in city.text
    assert "/v1/reports?agency=SAMARINDA" in city.text


async def test_equals_share_a_rank(reports: None, session: AsyncSession, client: httpx.AsyncClient) -> None:
    for _ in range(10):
        await one_more(session, "KALTIM-DISDIK", answered=True)

    page = await client.get("/performance", headers=ENGLISH)

    assert [(name, cells[0]) for name, cells in lines(page).items()] == [
        ("Balikpapan", "1"), ("Kaltim", "1"), ("Samarinda", "3"), ("National level", DASH),
    ]  # fmt: skip


async def test_what_rests_on_few_reports_is_grey_and_has_no_number(reports: None, client: httpx.AsyncClient) -> None:
    page = await client.get("/performance/KALTIM", headers=ENGLISH)

    assert "Empty: no agency has at least 10 reports" in page.text
    assert page.text.count("too few") >= len(public_indicators(shipped()))
    for colour in ("green", "yellow", "red"):
        assert f'"mark {colour}"' not in page.text
        assert f'<li class="{colour}"' not in page.text
    assert ">3<" not in page.text


async def test_a_secret_report_is_in_no_figure_for_everybody(
    reports: None, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    for _ in range(12):
        await one_more(session, "BALIKPAPAN-PU", answered=False, secret=True)
        await one_more(session, "KALTIM-DISDIK", answered=True, secret=True)

    page = await client.get("/performance", headers=ENGLISH)

    assert lines(page)["Balikpapan"][:3] == ["1", "10", "✓ 100.0 %"]
    assert "Kaltim" not in lines(page)
    assert "25 of 35" not in page.text
    assert "23 of 35" in page.text


async def test_no_figure_is_about_officers_and_the_catalogue_says_which_are_for_everybody() -> None:
    found = {one.code for one in public_indicators(shipped())}

    assert found == {
        "received", "followed_up_share", "in_process_share", "closed_share", "speed_calendar", "speed_working",
        "satisfaction", "in_time_share",
    }  # fmt: skip
    assert "officers_active" not in found


async def test_it_is_computed_once_for_all_and_anew_after_some_minutes(
    reports: None, session: AsyncSession, app: FastAPI, client: httpx.AsyncClient
) -> None:
    first = await client.get("/performance", headers=ENGLISH)
    for _ in range(10):
        await one_more(session, "KALTIM-DISDIK", answered=True)
    app.dependency_overrides[now_dependency] = lambda: NOW + FRESH - timedelta(seconds=1)
    same = await client.get("/performance", headers=ENGLISH | {"If-None-Match": first.headers["etag"]})
    app.dependency_overrides[now_dependency] = lambda: NOW + FRESH + OLDEST
    later = await client.get("/performance", headers=ENGLISH)

    assert same.status_code == 304
    assert first.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in first.headers
    assert ("Kaltim" in lines(first), "Kaltim" in lines(later)) == (False, True)


async def test_a_crowd_has_it_computed_once_and_one_thing_at_a_time() -> None:
    kept, running, most, asked = Kept[str](), 0, 0, []

    async def compute(key: str) -> str:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        asked.append(key)
        await asyncio.sleep(0)
        running -= 1
        return key

    def get(key: str) -> "asyncio.Future[str]":
        return asyncio.ensure_future(kept.get(key, lambda: compute(key), now=NOW))

    crowd = [get(key) for key in "abcabcabc"]
    crowd[0].cancel()  # whoever goes away
    found = await asyncio.gather(*crowd, return_exceptions=True)

    assert found[1:] == list("bcabcabc")
    assert (sorted(asked), most) == (["a", "b", "c"], 1)


async def test_what_is_stale_is_told_while_it_is_computed_anew_and_trouble_is_not_kept() -> None:
    kept, values = Kept[int](), iter((1, 2, 3))

    async def compute() -> int:
        return next(values)

    async def fails() -> int:
        raise Unavailable("Not now.")

    with pytest.raises(Unavailable):
        await kept.get("a", fails, now=NOW)
    assert await kept.get("a", compute, now=NOW) == 1
    assert await kept.get("a", compute, now=NOW + FRESH) == 1
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await kept.get("a", compute, now=NOW + FRESH) == 2


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/performance/NOWHERE", 404, "There is no agency NOWHERE."),
        ("/performance?of=officers_active", 422, "There is no indicator officers_active for everybody"),
        ("/performance?of=nothing", 422, "There is no indicator nothing for everybody"),
        ("/performance?period=2026-03..2026-01", 422, "The period ends before it begins"),
        ("/performance?period=2026-01-01..2026-03-30", 422, "This page counts whole months"),
        ("/performance/KALTIM?period=2026-01-02..2026-03-31", 422, "This page counts whole months"),
        ("/performance?page=0", 422, "The address asks for something"),
        ("/performance?agency=KALTIM", 422, "The address asks for something"),
    ],
)
async def test_what_cannot_be_shown_is_told_on_a_page(
    reports: None, client: httpx.AsyncClient, path: str, status: int, sentence: str
) -> None:
    page = await client.get(path, headers=ENGLISH)

    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert sentence in page.text
    assert "script" not in page.text


async def test_the_form_may_be_left_empty_and_both_languages_are_spoken(
    reports: None, client: httpx.AsyncClient
) -> None:
    page = await client.get("/performance?period=&of=speed_working")
    past = await client.get("/performance?period=2020", headers={"Accept-Language": "fr"})
    days = await client.get("/performance?period=2020-01-01..2020-12-31")

    assert "Kinerja instansi" in page.text
    assert days.status_code == 200
    assert ("3,0" in page.text, "Empty: no agency" in past.text) == (True, True)
    assert DASH in past.text
