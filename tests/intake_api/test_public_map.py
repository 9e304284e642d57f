"""The map that everybody sees: what is counted on it, that a region opens what it counts, and what an outsider may ask.

It is the second of March 2026. Everything lies in the transaction of a test.
"""

import random
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.app import create_app
from intake_api.tallies import queries as tallies
from intake_api.tallies.queries import Tally, Wanted
from shared.clock import now_dependency
from shared.database import get_session
from shared.domain.lifecycle import HIDDEN, PublicGroup, Status, public_group
from shared.schema import Boundary, BoundarySet, PublicTally, PublicTallyChange, Report
from shared.settings import IntakeSettings
from tests.effort import times
from tests.factories import NOON, a_registry, a_report, settings
from tests.shared.pages.test_maps import SQUARE, polygon

PUBLISHED = {"published_at": NOON, "status": Status.ASSIGNED}
NO_SHARE = "\N{EN DASH}"
YEAR = Wanted(date(2026, 1, 1), date(2026, 12, 1), None, None)


@pytest.fixture
async def registry(session: AsyncSession) -> None:
    await a_registry(session)


@pytest.fixture
async def page(session: AsyncSession, registry: None) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings("postgresql://nobody@127.0.0.1:1/nothing", IntakeSettings))
    app.dependency_overrides = {get_session: lambda: session, now_dependency: lambda: NOON}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://intake", headers={"Accept-Language": "en"}
    ) as client:
        yield client


def rows(answer: httpx.Response) -> dict[str, tuple[int, str]]:
    """Of the table: how many reports a region has, and which share is answered."""
    found = re.findall(
        r'<tr><th scope="row">(?:<[^>]+>)*([^<]+)(?:</\w+>)*</th>'
        r'<td class="number">(?:<strong>)?(\d+)(?:</strong>)?</td>'
        r'<td class="number">(?:<strong>)?([^<]+)<',
        answer.text,
    )
    return {unescape(name): (int(count), share) for name, count, share in found}


def numbers(answer: httpx.Response) -> list[str]:
    return re.findall(r"number (\d{10})", answer.text)


async def test_exactly_the_reports_of_the_public_list_are_counted_and_listed(
    page: httpx.AsyncClient, session: AsyncSession
) -> None:
    for status in Status:
        for secret in (False, True):
            merged = {"merged_into": await a_report(session), "merged_from": "received", "merged_at": NOON}
            more = merged if status is Status.MERGED else {}
            await a_report(session, published_at=NOON, status=status, secret=secret, **more)
    await a_report(session)  # received, and not sent on

    listed = (await page.get("/v1/reports")).json()["items"]
    shown = await page.get("/map?region=64.72")

    assert shown.status_code == 200, shown.text
    assert rows(shown)["Kota Samarinda"][0] == len(listed) == len(Status) - len(HIDDEN)
    assert sorted(numbers(shown)) == sorted(one["tracking_number"] for one in listed)
    for group in PublicGroup:
        some = await page.get(f"/map?region=64.72&status={group}")
        assert rows(some)["Kota Samarinda"][0] == sum(one["status_group"] == group for one in listed)


@pytest.mark.parametrize("seed", range(times(3, 40)))
async def test_the_tallies_are_what_counting_all_reports_anew_finds_whatever_happens_to_them(
    session: AsyncSession, registry: None, seed: int
) -> None:
    """Every change of a report that moves it, publishes or hides it; folded at any moment or not at all."""
    chance = random.Random(seed)
    known = [await a_report(session, **_anything(chance)) for _ in range(8)]
    for _ in range(25):
        changes = _anything(chance)
        await session.execute(update(Report).where(Report.id == chance.choice(known)).values(changes))
        if chance.random() < 0.3:
            await tallies.fold(session, limit=chance.choice((1, 4, 100)))

        for within in ("", "64", "64.72", "35"):
            found = await tallies.tallies_within(session, within, YEAR)
            assert found == await _counted(session, within)

    await tallies.fold(session, limit=1000)
    assert await session.scalar(select(func.count()).select_from(PublicTallyChange)) == 0
    assert await session.scalar(select(func.count()).where(PublicTally.reports < 0)) == 0
    assert await tallies.tallies_within(session, "64", YEAR) == await _counted(session, "64")


def _anything(chance: random.Random) -> dict[str, Any]:
    status = chance.choice([status for status in Status if status is not Status.MERGED])
    return {
        "status": status, "secret": chance.random() < 0.2, "published_at": chance.choice((None, NOON, NOON)),
        "held_from": chance.choice(("in_progress", "assigned")) if status is Status.AWAITING_REPORTER else None,
        "region_code": chance.choice((None, "64", "64.72", "64.72.01", "64.71", "35.78")),
        "shown_region_code": chance.choice((None, None, "64.72.01")),
        "category_code": chance.choice((None, "roads", "health")),
    }  # fmt: skip


async def _counted(session: AsyncSession, within: str) -> dict[str, Tally]:
    """By the rules of shared/domain, from the rows of `reports`."""
    length = {0: 2, 2: 5, 5: 8}[len(within)]
    found: dict[str, Tally] = {}
    for one in await session.scalars(select(Report).execution_options(populate_existing=True)):
        region = one.seen_region_code or ""
        hidden = one.published_at is None or one.secret or one.status in HIDDEN
        if hidden or not region.startswith(within) or (len(region) < length and (region or within)):
            continue
        answered = (one.held_from or one.status) in (Status.IN_PROGRESS, Status.ANSWERED, Status.CLOSED)
        before = found.get(region[:length], Tally(0, 0))
        found[region[:length]] = Tally(before.reports + 1, before.answered + answered)
    return found


async def test_the_groups_of_the_tallies_are_those_of_the_public_view(session: AsyncSession, registry: None) -> None:
    for status in Status:
        if status not in HIDDEN:
            await a_report(session, published_at=NOON, status=status, category_code=None)

    by_group = select(PublicTallyChange.status_group, func.count()).group_by(PublicTallyChange.status_group)
    found = dict((await session.execute(by_group)).tuples().all())

    assert found == {
        group: sum(public_group(status) is group for status in Status if status not in HIDDEN) for group in PublicGroup
    }


async def test_a_region_opens_those_within_it_down_to_the_district_and_the_numbers_add_up(
    page: httpx.AsyncClient, session: AsyncSession
) -> None:
    for region, count in (("64.72.01", 12), ("64.72", 3), ("64.71", 2), ("64", 1), ("35.78", 4), (None, 2)):
        for number in range(count):
            status = Status.CLOSED if number < 6 else Status.ASSIGNED
            await a_report(session, published_at=NOON, status=status, region_code=region)

    nation, province, regency, district = [
        await page.get(path) for path in ("/map", "/map?region=64", "/map?region=64.72", "/map?region=64.72.01")
    ]  # fmt: skip

    assert rows(nation) == {
        "Kalimantan Timur": (18, "67 %"), "Jawa Timur": (4, NO_SHARE), "no closer place known": (2, NO_SHARE),
        "Indonesia": (24, "75 %"),
    }  # fmt: skip
    assert rows(province)["no closer place known"] == (1, NO_SHARE)
    assert sum(count for count, _ in rows(province).values()) == 2 * 18
    assert rows(regency) == {
        "Palaran": (12, "50 %"), "no closer place known": (3, NO_SHARE), "Kota Samarinda": (15, "60 %"),
    }  # fmt: skip
    assert "<strong>12 reports</strong>, 50 % answered" in district.text
    for here, below in ((nation, "/map?region=64"), (province, "/map?region=64.72"), (regency, "/map?region=64.72.01")):
        assert f'href="{below}"' in here.text
    for above in ("/map", "/map?region=64", "/map?region=64.72"):
        assert f'<li><a href="{above}">' in district.text


async def test_months_and_categories_choose_what_is_counted_and_what_is_listed_alike(
    page: httpx.AsyncClient, session: AsyncSession
) -> None:
    last_of_february = NOON.replace(day=1, hour=0) - timedelta(hours=8)  # 23.00 in the capital
    first_of_march = last_of_february + timedelta(hours=1)
    for received_at, category in (
        (last_of_february, "roads"), (first_of_march, "roads.damage"), (first_of_march, "health"),
    ):  # fmt: skip
        await a_report(session, received_at=received_at, category_code=category, **PUBLISHED)

    for asked, count in (
        ("period=2026-02", 1), ("period=2026-03", 2), ("period=2026", 3), ("period=2025", 0), ("category=roads", 2),
        ("category=roads.damage&period=2026-02..2026-03", 1), ("category=nothing", 0), ("category=&period=&status=", 3),
    ):  # fmt: skip
        answer = await page.get(f"/map?region=64.72&{asked}")
        assert rows(answer)["Kota Samarinda"][0] == len(numbers(answer)) == count, asked
    assert "No report is public in this region and period" in (await page.get("/map?period=2025")).text


async def test_a_list_has_pages_and_its_places_are_rounded(page: httpx.AsyncClient, session: AsyncSession) -> None:
    exact = {"latitude": -0.50234, "longitude": 117.15378}
    made = [
        await a_report(session, received_at=NOON - timedelta(minutes=one), **PUBLISHED, **(exact if one else {}))
        for one in range(23)
    ]  # fmt: skip

    first = await page.get("/map?region=64.72")
    (older,) = re.findall(r'href="([^"]+cursor[^"]+)#reports"', first.text)
    second = await page.get(unescape(older))

    assert (len(numbers(first)), len(numbers(second)), len(made)) == (20, 3, 23)
    assert first.text.count("-0.50, 117.15") == 19  # and nothing of the one without a pin
    assert "0.502" not in first.text
    assert "cursor" not in second.text.partition("</h2>")[2]
    foreign = await page.get(unescape(older).replace("region=64.72", "region=64"))
    assert foreign.status_code == 422  # of another list


OUTLINE = {
    "name": "uji",
    "source": "uji",
    "regions": 1,
    "missing": 0,
    "repaired": 0,
    "overlaps": 0,
    "imported_by": "uji",
}


async def outlined(session: AsyncSession, level: int, *codes: str) -> None:
    drawn = BoundarySet(**OUTLINE, level=level, digest=bytes([level]), active=True, imported_at=NOON)
    session.add(drawn)
    await session.flush()
    for place, code in enumerate(codes):
        square = [(x + place, y) for x, y in SQUARE]
        shape = {"geometry": polygon(square), "square_metres": 1.0, "repaired": False}
        session.add(Boundary(set_id=drawn.id, region_code=code, **shape))
    await session.flush()


async def test_provinces_are_drawn_from_their_regencies_and_each_opens_its_own_map(
    page: httpx.AsyncClient, session: AsyncSession
) -> None:
    for _ in range(3):
        await a_report(session, **PUBLISHED)
    without = await page.get("/map")
    await outlined(session, 2, "64.71", "64.72", "35.78")

    nation, province, regency = [await page.get(path) for path in ("/map", "/map?region=64", "/map?region=64.72")]

    assert "the outlines of these regions are not imported" in without.text
    assert re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"', nation.text) == [
        ("/map?region=35", "Jawa Timur: 0 reports"), ("/map?region=64", "Kalimantan Timur: 3 reports"),
    ]  # fmt: skip
    assert len(re.findall('<path class="shade', nation.text)) == 1
    assert len(re.findall('<path class="', nation.text)) == 2  # two regencies make one province
    assert '<a href="/map?region=64.72" aria-label="Kota Samarinda: 3 reports"' in province.text
    assert "the outlines of these regions are not imported" in regency.text  # no districts
    for answer in (nation, province):
        assert len(answer.content) < 100 * 1024
        assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ("region=99", 404, "There is no region 99 on the map."),
        ("region=64.72.01.1001", 404, "There is no region 64.72.01.1001 on the map."),
        ("region=samarinda", 422, "The address asks for something that this page does not know"),
        ("period=2026-12..2026-01", 422, "The period ends before it begins"),
        ("period=2026-01-15..2026-02-15", 422, "The map counts whole months"),
        ("period=lama", 422, "Write the period as 2026"),
        ("status=archived", 422, "The address asks for something"),
        ("cursor=xyz", 422, "cursor"),
        ("region=64%00", 400, ""),
        ("nothing=1", 422, "The address asks for something"),
    ],
)
async def test_what_cannot_be_shown_is_told_on_a_page(
    page: httpx.AsyncClient, asked: str, status: int, sentence: str
) -> None:
    answer = await page.get(f"/map?{asked}")
    indonesian = await page.get(f"/map?{asked}", headers={"Accept-Language": "id"})

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert sentence in unescape(answer.text)
    assert sentence not in unescape(indonesian.text) or sentence in ("", "cursor")
    assert answer.headers["cache-control"] == "no-store"


async def test_the_map_may_be_kept_by_whoever_wants_to_and_is_nobodys_own(
    page: httpx.AsyncClient, session: AsyncSession
) -> None:
    await a_report(session, **PUBLISHED)

    first = await page.get("/map", headers={"Cookie": "lapor_session=x", "Authorization": "Bearer nonsense"})
    same = await page.get("/map", headers={"If-None-Match": first.headers["etag"]})
    other = await page.get("/map?lang=id", headers={"If-None-Match": first.headers["etag"]})
    french = await page.get("/map", headers={"Accept-Language": "fr"})

    assert (first.status_code, same.status_code, other.status_code) == (200, 304, 200)
    assert first.headers["cache-control"].startswith("public, max-age=")
    assert "set-cookie" not in first.headers
    assert first.headers.get_list("vary")[0].startswith("Accept-")
    assert ("Peta laporan" in other.text, "Map of reports" in french.text) == (True, True)
    assert "script" not in first.headers["content-security-policy"]
