"""Whatever a stranger asks, the answer is the same for every exact place in a cell, and every village of a district."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text, update

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.schema import Report
from tests.intake_api.helpers import APP, Submitted, assigned, merged, submitted
from tests.places_in_a_cell import ASKED, CELL, DISTRICT, VILLAGES, places_in_the_cell

#: Two other public reports, of which one lies in the same cell, the other next to it.
BESIDE = [CELL, (CELL[0] + 0.01, CELL[1])]
Asking = Callable[[], Awaitable[Any]]


@pytest.fixture
async def word(committed: Sessions) -> str:
    """That nobody else's reports have."""
    async with committed.begin() as session:
        for number, code in enumerate(VILLAGES[:2]):
            row = {"code": code, "name": f"Desa {number}", "above": DISTRICT}
            await session.execute(text("INSERT INTO regions VALUES (:code, :name, :above) ON CONFLICT DO NOTHING"), row)
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:12])


@pytest.fixture
async def reports(client: httpx.AsyncClient, committed: Sessions, word: str) -> Sequence[Submitted]:
    """That of another, which moves about in its cell, and those beside it; received in the same minute."""
    made = [await submitted(client, title=f"Jalan {word}", reporter_reference="owner") for _ in range(3)]
    for report, place in zip(made, [CELL, *BESIDE], strict=True):
        await assigned(committed, report)
        await placed(committed, report, place, DISTRICT)
    return made


async def placed(committed: Sessions, report: Submitted, place: tuple[float, float], region: str) -> None:
    values = {"latitude": place[0], "longitude": place[1], "region_code": region}
    async with committed.begin() as session:
        await session.execute(update(Report).where(Report.id == report.id).values(values))


async def same_everywhere(committed: Sessions, report: Submitted, asking: Asking) -> Any:
    """The one answer, which every place in the cell gives."""
    expected = None
    for number, place in enumerate(places_in_the_cell(2)):
        region = VILLAGES[number % len(VILLAGES)]
        await placed(committed, report, place, region)
        found = await asking()
        expected = expected or found
        assert found == expected, (place, region)
    return expected


def listed(client: httpx.AsyncClient, word: str, *queries: str) -> Asking:
    async def asking() -> list[Any]:
        pages = []
        for query in queries:
            cursor: str | None = ""
            while cursor is not None:  # page by page, in which cursors tell of the order, too
                path = f"/v1/reports?q={word}&limit=2&{query}" + (f"&cursor={cursor}" if cursor else "")
                answer = await client.get(path)
                assert answer.status_code == 200, answer.text
                pages.append(answer.json())
                cursor = answer.json()["next_cursor"]
        return pages

    return asking


async def test_the_public_list_its_filters_and_its_order(
    client: httpx.AsyncClient, committed: Sessions, reports: Sequence[Submitted], word: str
) -> None:
    report = reports[0]
    regions = [f"region={code}" for code in ("64", "64.72", "64.71", *VILLAGES)]
    near = [f"near={latitude:.5f},{longitude:.5f},2000" for latitude, longitude in ASKED[::3]]

    found = await same_everywhere(
        committed, report, listed(client, word, "sort=received_at", "sort=-received_at", *regions, *near)
    )

    shown = [item["tracking_number"] for page in found for item in page["items"]]
    assert shown.count(report.number) >= 5
    assert {item["region"]["code"] for page in found for item in page["items"]} == {DISTRICT}


async def test_a_village_filter_finds_no_report_that_has_a_pin_and_the_next_cell_gives_another_answer(
    client: httpx.AsyncClient, committed: Sessions, reports: Sequence[Submitted], word: str
) -> None:
    """Else the tests here would test nothing."""
    near = listed(client, word, f"near={CELL[0] + 0.015:.5f},{CELL[1]:.5f},2000")
    await placed(committed, reports[0], CELL, VILLAGES[0])
    before = await near()
    by_village = await listed(client, word, f"region={VILLAGES[0]}")()

    await placed(committed, reports[0], (CELL[0] - 0.01, CELL[1]), VILLAGES[0])

    assert [page["items"] for page in by_village] == [[]]
    assert await near() != before


async def test_its_page_in_public_and_what_caches_are_told(
    client: httpx.AsyncClient, committed: Sessions, reports: Sequence[Submitted]
) -> None:
    async def asking() -> Any:
        answer = await client.get(reports[0].path)
        return answer.json(), answer.headers["etag"]

    view, _ = await same_everywhere(committed, reports[0], asking)

    assert view["tracking_number"] == reports[0].number


async def test_what_is_similar_to_what_somebody_writes(
    client: httpx.AsyncClient, committed: Sessions, reports: Sequence[Submitted], word: str
) -> None:
    """With whole answers: their order, the others in it, and the message of a refusal."""
    asked: list[dict[str, Any]] = [
        {"title": f"Jalan {word}", "location": {"latitude": latitude, "longitude": longitude}}
        for latitude, longitude in ASKED[::4]
    ]
    asked += [{"title": f"Jalan {word}", "location": {"region_code": code}} for code in VILLAGES]

    async def asking() -> list[Any]:
        return [(await client.post("/v1/reports/similar", json=body, headers=APP)).json() for body in asked]

    found = await same_everywhere(committed, reports[0], asking)

    assert any(one["tracking_number"] == reports[0].number for answer in found for one in answer["items"])


async def test_supporting_it_following_it_and_being_refused(
    client: httpx.AsyncClient, committed: Sessions, reports: Sequence[Submitted], word: str
) -> None:
    report, older, other = reports
    account = f"akun-{word}"
    for one in (report, other):
        await client.post(f"{one.path}/supports", json={"reporter_reference": account}, headers=APP)

    async def asking() -> list[Any]:
        taken = await client.post(f"{report.path}/supports", json={"reporter_reference": account}, headers=APP)
        own = await client.post(f"{report.path}/supports", json={"reporter_reference": "owner"}, headers=APP)
        pages = await client.get(f"/v1/reporters/{account}/supports?limit=1", headers=APP)
        return [taken.json(), told(own), pages.json()]

    taken, own, page = await same_everywhere(committed, report, asking)
    assert (taken["tracking_number"], own["code"]) == (report.number, "own_report")
    assert page["next_cursor"] is not None

    await merged(committed, report, older)
    parted: dict[str, Any] = {"merged_into": None, "merged_from": None, "merged_at": None, "status": Status.CLOSED}
    for changes, code in [({}, "merged"), (parted, "not_open"), ({"published_at": None}, "not_public")]:
        async with committed.begin() as session:
            await session.execute(update(Report).where(Report.id == report.id).values({"round": 1} | changes))

        async def refused() -> Any:
            stranger = {"reporter_reference": "stranger"}
            return told(await client.post(f"{report.path}/supports", json=stranger, headers=APP))

        assert (await same_everywhere(committed, report, refused))["code"] == code


def told(answer: httpx.Response) -> Any:
    """A refusal, but the number of the request."""
    return {name: value for name, value in answer.json().items() if name != "request_id"}
