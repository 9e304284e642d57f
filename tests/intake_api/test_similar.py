"""Open public reports like the one that a citizen is about to submit."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reports.queries import Circle, Filters, page_of
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import OPEN, Status
from shared.log.events import EventType
from tests.factories import bearer
from tests.intake_api.helpers import ADMIN, APP, CHANNEL, Submitted, assigned, code_of, key, merged, moved, submitted
from tests.many_reports import many

PLACE = {"latitude": -0.5022, "longitude": 117.1536, "region_code": "64.72.01"}


@pytest.fixture
def word() -> str:
    """Three words that only this test's reports have, of letters as all that is looked for."""
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:27])
    return f"{letters[:9]} {letters[9:18]} {letters[18:]}"


async def a_public_report(client: httpx.AsyncClient, committed: Sessions, word: str, **changes: Any) -> Submitted:
    texts: dict[str, Any] = {"title": f"{word} padam", "body": f"{word} di gang kelinci padam sejak Senin."}
    report = await submitted(client, **(texts | changes))
    await assigned(committed, report)
    return report


async def similar(client: httpx.AsyncClient, headers: dict[str, str] = APP, **body: Any) -> list[dict[str, Any]]:
    answer = await client.post("/v1/reports/similar", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_what_others_reported_is_found_by_its_words_with_score_parts_and_supports(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    report = await a_public_report(client, committed, word, location=PLACE)
    await client.post(f"{report.path}/supports", json={"reporter_reference": "akun-1"}, headers=APP)

    found = (await similar(client, title=f"{word} padam lagi lampunya", location=PLACE, category="roads.damage"))[0]

    assert found["tracking_number"] == report.number
    assert (found["status_group"], found["status_label"], found["supports"]) == ("belum", "Belum", 1)
    assert (found["region"]["code"], found["agency"]["code"]) == ("64.72.01", "SAMARINDA-PU")
    assert set(found["parts"]) == {"words", "distance", "category", "time"}
    assert found["parts"]["category"] == found["parts"]["time"] == 1.0
    assert 0.35 <= found["score"] <= 1.0


async def test_stems_count_not_forms(client: httpx.AsyncClient, committed: Sessions, word: str) -> None:
    report = await a_public_report(
        client, committed, word, title="Tembok retak", body="Tembok sekolah berlubang dan retak-retak."
    )

    found = await similar(client, title="Temboknya", body="Retaknya besar, lubangnya besar, sekolahnya tutup.")

    assert found[0]["tracking_number"] == report.number  # others may have the same everyday words


async def test_nearer_and_more_alike_reports_come_first(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    far = await a_public_report(client, committed, word, location=PLACE | {"latitude": -0.45, "longitude": 117.1})
    near = await a_public_report(client, committed, word, location=PLACE)

    found = await similar(client, title=f"{word} padam", location=PLACE)

    own = [one["tracking_number"] for one in found if one["tracking_number"] in (near.number, far.number)]
    assert own == [near.number, far.number]


async def test_the_place_of_another_is_known_to_about_a_kilometre_only(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    """Whoever asks from everywhere around finds no home: within a cell of the grid every answer is the same."""
    await a_public_report(client, committed, word, location=PLACE | {"latitude": -0.5041, "longitude": 117.1519})
    twin = word[::-1]
    await a_public_report(client, committed, twin, location=PLACE | {"latitude": -0.4961, "longitude": 117.1481})

    asked: dict[str, Any] = {"location": {"latitude": -0.5, "longitude": 117.15}}
    one = (await similar(client, title=f"{word} padam", **asked))[0]
    other = (await similar(client, title=f"{twin} padam", **asked))[0]

    assert one["parts"]["distance"] == other["parts"]["distance"]


@pytest.mark.parametrize("status", list(Status))
async def test_only_open_reports_are_found(
    client: httpx.AsyncClient, committed: Sessions, word: str, status: Status
) -> None:
    report = await a_public_report(client, committed, word)
    if status is Status.MERGED:
        await merged(committed, report, await submitted(client))
    else:
        await moved(committed, report, EventType.REPORT_VERIFIED, status)

    found = await similar(client, title=f"{word} padam")

    assert [one["tracking_number"] for one in found] == ([report.number] if status in OPEN else [])


async def test_what_is_secret_or_not_public_yet_or_not_masked_yet_is_not_found(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    texts: dict[str, Any] = {"title": f"{word} padam", "body": "Padam."}
    await submitted(client, **texts)
    await assigned(committed, await submitted(client, secret=True, **texts))
    await assigned(committed, await submitted(client, **texts), masked=False)

    assert await similar(client, title=f"{word} padam") == []


async def test_names_in_the_titles_of_others_are_masked(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    await a_public_report(client, committed, word, title=f"Pak Budi Santoso merusak lampu {word} di gang")

    (found,) = await similar(client, title=f"Lampu {word} rusak di gang")

    assert "Santoso" not in str(found)


async def test_a_report_does_not_find_itself_after_it_was_submitted(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    own = await a_public_report(client, committed, word)
    other = await a_public_report(client, committed, word)

    found = await similar(client, title=f"{word} padam", tracking_number=own.number)

    assert [one["tracking_number"] for one in found] == [other.number]


@pytest.mark.parametrize(
    "body",
    [
        {"title": "x"},
        {"title": "'"},
        {"title": "yang di ke"},
        {"title": "!!! & | ( ' \\ :* <->"},
        {"title": "123 456"},
        {"title": "a", "body": "' | 'b'"},
        {"title": "Ünïcödé ñandú 水漏れ"},
        {"title": "lampu", "location": {}},
        {"title": "lampu", "tracking_number": "0000000001", "category": "nowhere"},
    ],
)
async def test_whatever_is_written_is_searched_for_and_never_breaks_the_search(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    await similar(client, **body)


async def test_nothing_of_what_is_asked_is_stored_and_a_repeat_is_looked_up_anew(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    await a_public_report(client, committed, word)
    headers = APP | key()

    first = await similar(client, headers, title=f"{word} padam")
    await a_public_report(client, committed, word)
    again = await similar(client, headers, title=f"{word} padam")

    assert (len(first), len(again)) == (1, 2)


async def test_who_submits_reports_may_ask_and_nobody_else(client: httpx.AsyncClient) -> None:
    body = {"title": "Lampu jalan padam"}
    for headers in (APP, CHANNEL, ADMIN):
        await similar(client, headers, **body)

    supervisor = await client.post("/v1/reports/similar", json=body, headers=bearer(Role.SUPERVISOR))
    nobody = await client.post("/v1/reports/similar", json=body)
    half = await client.post("/v1/reports/similar", json=body | {"location": {"latitude": 1.0}}, headers=APP)

    assert code_of(supervisor) == (403, "forbidden")
    assert code_of(nobody) == (401, "unauthenticated")
    assert half.status_code == 422


async def test_the_public_list_near_a_place_looks_into_a_box_around_it_first(session: AsyncSession) -> None:
    await many(session, 3_000)
    filters = Filters(None, None, None, None, None, Circle(-0.5, 109.0, 2_000))
    statement = page_of(filters, after=None, oldest_first=False, limit=50)
    literal = statement.compile(dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True})

    plan = "\n".join((await session.scalars(text(f"EXPLAIN {literal}".replace("%%", "%")))).all())

    assert "reports_place_idx" in plan
