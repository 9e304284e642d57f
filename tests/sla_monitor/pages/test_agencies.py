"""How agencies do: colours, trend and answer times, and that each number opens its cases. It is 12 March 2026."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.clock import now_dependency
from shared.domain.lifecycle import Level, Status
from shared.domain.wording import Language
from shared.schema import Boundary, BoundarySet
from sla_monitor.pages.figure_cells import said
from tests.factories import a_registry
from tests.shared.pages.test_maps import polygon
from tests.sla_monitor.conftest import NOW
from tests.sla_monitor.histories import History
from tests.sla_monitor.pages.conftest import Open
from tests.sla_monitor.statistics.counting import counted

HELD = {"status": Status.ASSIGNED, "holder_level": Level.AGENCY}
IN_PU = {"holder_agency_code": "SAMARINDA-PU", "agency_code": "SAMARINDA-PU"}
FIGURE = r'href="(/board/figures\?[^"]+)">(?:<span class="mark (\w+)">\S )?([^<]+)<'


def life(agency: str, *, answered: bool) -> History:
    history = History().received("2026-03-02 10:00").verified("2026-03-02 10:00").assigned("2026-03-02 10:00", agency)
    return history.responded("2026-03-05 10:00") if answered else history


@pytest.fixture
async def reports(session: AsyncSession) -> None:
    """Ten of one agency, all answered; ten of another, of which nobody has answered any; and one of a third."""
    await a_registry(session)
    for agency, count, answered in (
        ("SAMARINDA-PU", 10, True), ("SAMARINDA-DINKES", 10, False), ("BALIKPAPAN-PU", 1, True),
    ):  # fmt: skip
        for _ in range(count):
            where = {"holder_agency_code": agency, "agency_code": agency}
            await counted(session, life(agency, answered=answered), **HELD | where)


async def test_agencies_are_red_and_green_and_never_green_where_there_are_too_few(
    reports: None, open_page: Open
) -> None:
    country = await open_page("/board/agencies?indicator=followed_up_share")
    page = await open_page("/board/agencies?indicator=followed_up_share&agency=SAMARINDA")

    instansi, rows = _lines(country.text), _lines(page.text)
    assert [name for name, _ in instansi if name in ("Samarinda", "Balikpapan")] == ["Samarinda", "Balikpapan"]
    assert set(dict(instansi)["Balikpapan"]) == {"grey"}
    assert re.search(r'<a href="[^"]*/board/agencies[?]agency=SAMARINDA[^"]*">Samarinda<', country.text)
    colours = dict(rows)
    assert (colours["Samarinda-Pu"][0], colours["Samarinda-Dinkes"][0]) == ("green", "red")
    assert [name for name, _ in rows][:3] == ["All together", "Samarinda-Dinkes", "Samarinda-Pu"]  # the worst first
    assert len(page.content) < 200 * 1024


def _lines(page: str) -> list[tuple[str, list[str]]]:
    """Of the table: names, and the colours of the cells."""
    rows = re.findall(r'<tr><th scope="row">(?:<strong>|<a [^>]*>)?([^<]+)(.*?)</tr>', page, re.DOTALL)
    return [(name, re.findall(r"mark (\w+)", cells)) for name, cells in rows if "mark" in cells or "number" in cells]


async def test_a_month_begins_by_the_clock_of_the_capital(reports: None, app: FastAPI, open_page: Open) -> None:
    app.dependency_overrides[now_dependency] = lambda: datetime(2026, 3, 31, 17, 30, tzinfo=UTC)

    page = await open_page("/board/agencies?indicator=received")

    assert "2026-04" in page.text


async def test_every_figure_opens_exactly_the_cases_that_it_counts(reports: None, open_page: Open) -> None:
    page = await open_page("/board/agencies")
    links = re.findall(FIGURE, page.text)

    assert links
    plotted = re.search(r'<a href="([^"]+)" aria-label="03/26: 52.4 % [(]n = 21[)]"', page.text)
    assert plotted is not None
    links.append((plotted[1], "", "plotted"))
    for path, _, text in dict.fromkeys(links):
        listed = await open_page(path.replace("&amp;", "&") + "&limit=200")
        assert listed.status_code == 200, listed.text
        (count,) = re.findall(r"<h1>.*?: (\d+)</h1>", listed.text)
        assert len(re.findall(r"/board/reports/\d{10}", listed.text)) == int(count)
        if text.strip().isdecimal():
            assert int(text) == int(count)


async def test_answer_times_have_their_median_and_add_up(reports: None, open_page: Open) -> None:
    page = await open_page("/board/agencies")

    assert "median 3" in page.text
    table = page.text.partition('<th scope="col">working days</th>')[2].partition("</table>")[0]
    assert sum(int(count) for count in re.findall(r'class="number">(\d+)<', table)) == 11


async def test_everybody_sees_their_own_part(reports: None, open_page: Open) -> None:
    coordinator = await open_page("/board/agencies", Role.COORDINATOR, "BALIKPAPAN")
    officer = await open_page("/board/agencies", Role.LIAISON_OFFICER, "SAMARINDA-PU")
    elsewhere = await open_page("/board/agencies?agency=SAMARINDA", Role.COORDINATOR, "BALIKPAPAN")

    assert "Balikpapan-Pu" in coordinator.text
    assert "Samarinda" not in coordinator.text
    assert "Samarinda-Dinkes" not in officer.text
    assert elsewhere.status_code == 403


@pytest.mark.parametrize(
    "query",
    ["indicator=wrong", "period=2026-03-31..2026-01-01", "period=soon", "agency=NOWHERE", "agency=" + quote("<b>")],
)
async def test_what_cannot_be_asked_for_is_a_sentence(query: str, session: AsyncSession, open_page: Open) -> None:
    page = await open_page(f"/board/agencies?{query}")

    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "<b>" not in page.text


async def test_a_map_shows_the_outlines_that_are_in_force_and_says_where_there_are_none(
    session: AsyncSession, open_page: Open
) -> None:
    await a_registry(session)
    for _ in range(10):
        history = life("SAMARINDA-PU", answered=True)
        history.events[0] = replace(history.events[0], data={**history.events[0].data, "region": "64.72"})
        await counted(session, history, **HELD | IN_PU)
    without = await open_page("/board/agencies")
    for active in (False, True):
        await outlines(session, {"64.72": 117.0, "64.71": 118.0, "35.78": 112.0}, active=active)
    page = await open_page("/board/agencies")

    assert "the outlines of these regions are not imported yet" in without.text
    assert re.findall(r'<path class="(\w+)"', page.text) == ["none", "green"]
    assert "Kota Balikpapan: no reports" in page.text
    assert 'aria-label="Kota Samarinda: 100.0 %"' in page.text
    assert "Surabaya" not in page.text


async def outlines(session: AsyncSession, places: dict[str, float], *, active: bool) -> None:
    known = BoundarySet(
        name=f"Uji {active}", source="uji", level=2, area_code=None, regions=len(places), missing=0, repaired=0,
        overlaps=0, digest=str(active).encode(), active=active, imported_by="process:test", imported_at=NOW,
    )  # fmt: skip
    session.add(known)
    await session.flush()
    for code, west in places.items():
        square = [(west, -1.0), (west + 1, -1.0), (west + 1, 0.0), (west, 0.0), (west, -1.0)]
        session.add(
            Boundary(
                set_id=known.id,
                region_code=code,
                geometry=polygon(square),
                square_metres=1.0,
                repaired=False,
                fault=None,
            )
        )
    await session.flush()


async def test_an_empty_page_says_why(session: AsyncSession, open_page: Open) -> None:
    page = await open_page("/board/agencies?period=2025")

    for why in ("no report was received", "no month has at least 10", "No agency has responded".lower()):
        assert why in page.text.lower()


def test_values_are_written_as_people_write_them() -> None:
    assert said("share", 0.925, Language.ID) == "92,5 %"
    assert said("working_days", 3.25, Language.EN) == "3.2"
    assert said("reports", 12.0, Language.ID) == "12"
    assert said("share", None, Language.EN) == "\N{EN DASH}"


async def test_the_map_leads_from_provinces_to_districts_and_each_region_opens_its_cases(
    session: AsyncSession, open_page: Open
) -> None:
    await a_registry(session)
    for region, count in (("64.72.01", 10), ("64.72", 2), ("64.71", 1), ("35.78", 11)):
        for _ in range(count):
            history = life("SAMARINDA-PU", answered=True)
            history.events[0] = replace(history.events[0], data={**history.events[0].data, "region": region})
            await counted(session, history, **HELD | IN_PU)
    await outlines(session, {"64.72": 117.0, "64.71": 118.0, "35.78": 112.0}, active=True)

    for path, expected in (
        ("/board/agencies", {"Jawa Timur": "11", "Kalimantan Timur": "13"}),
        ("/board/agencies?region=64&period=&agency=", {"Kota Balikpapan": "1", "Kota Samarinda": "12"}),
        ("/board/agencies?region=64.72", {"Palaran": "10", "Region not known": "2"}),
    ):
        page = await open_page(path)
        assert page.status_code == 200, page.text
        table = page.text.partition('aria-label="Regions; a name')[2].partition("</table>")[0]
        rows = re.findall(r'<th scope="row">(?:<a [^>]+>)?([^<]+).*?<td class="number">(\d+)</td></tr>', table)
        assert dict(rows) == expected
        for link in re.findall(r'href="(/board/figures[^"]+)"', table):
            listed = await open_page(link.replace("&amp;", "&"))
            assert re.findall(r"<h1>.*?: (\d+)</h1>", listed.text)[0] in expected.values()
    assert len(re.findall('<path class="', (await open_page("/board/agencies")).text)) == 2
    assert (await open_page("/board/agencies?region=99")).status_code == 404
