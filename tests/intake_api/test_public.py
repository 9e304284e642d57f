"""What the public sees of a report, alone and in the list."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from intake_api.reports import queries
from shared import ids
from shared.database import Sessions
from shared.domain.lifecycle import Holder, Level, Status
from shared.domain.messages import MessageKind
from shared.http.wire import encode_cursor
from shared.log.events import EventType
from tests.factories import DAY, NOON
from tests.intake_api.helpers import APP, Clock, Submitted, assigned, code_of, merged, moved, submitted

PRIVATE = ("Siti", "0812", "siti@example.id", "6472014107900001", "Pasar Pagi", "117.15", "acc-77")
CONTACT = {"name": "Siti", "phone": "08123456789", "email": "siti@example.id", "national_id": "6472014107900001"}


async def a_full_report(client: httpx.AsyncClient, **changes: Any) -> Submitted:
    where = {"text": "Pasar Pagi", "latitude": -0.5, "longitude": 117.15, "region_code": "64.72.01"}
    return await submitted(client, reporter=CONTACT, location=where, reporter_reference="acc-77", **changes)


async def test_before_it_is_forwarded_only_where_it_stands_is_public(client: httpx.AsyncClient) -> None:
    report = await a_full_report(client)

    answer = await client.get(report.path)

    assert answer.status_code == 200
    assert answer.headers["etag"].startswith('"1.public.id.')
    assert {name: value for name, value in answer.json().items() if value not in (None, [])} == {
        "view": "public",
        "version": 1,
        "tracking_number": report.number,
        "status_group": "belum",
        "status_label": "Belum",
        "published": False,
    }


async def test_once_assigned_title_region_agency_and_official_responses_are_public(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await a_full_report(client)
    await assigned(committed, report, verified_title="Jalan rusak di Palaran")
    await client.post(f"{report.path}/replies", json={"body": "Kata pelapor"}, headers=report.as_reporter)
    for kind, said in (
        (MessageKind.QUESTION, "Pertanyaan"),
        (MessageKind.NOTE, "Catatan internal"),
        (MessageKind.RESPONSE, "Sedang kami periksa."),
        (MessageKind.FINAL_RESPONSE, "Sudah ditambal."),
    ):
        await moved(committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said=said, kind=kind)

    answer = await client.get(report.path)

    view = answer.json()
    assert view["title"] == "Jalan rusak di Palaran"
    assert view["region"] == {"code": "64.72.01", "name": "Palaran"}
    assert view["agency"]["code"] == "SAMARINDA-PU"
    assert [(one["text"], one["final"]) for one in view["responses"]] == [
        ("Sedang kami periksa.", False),
        ("Sudah ditambal.", True),
    ]
    assert (view["status_group"], view["published"]) == ("proses", True)
    for secret in (*PRIVATE, "Kata pelapor", "Pertanyaan", "Catatan", "liaison_officer", "Jalan berlubang"):
        assert secret not in answer.text


async def test_once_assigned_the_words_are_public_without_the_people_in_them(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await a_full_report(client, title="Lampu mati, kata Bu Ani", body="Pak Joko, 0813 4567 8901, menolak.")
    await assigned(committed, report)

    view = (await client.get(report.path)).json()

    assert (view["title"], view["body"]) == ("Lampu mati, kata Bu [nama]", "Pak [nama], [telepon], menolak.")


async def test_what_is_not_masked_yet_is_not_shown(client: httpx.AsyncClient, committed: Sessions, word: str) -> None:
    report = await a_full_report(client, title=f"Jalan {word}", body=f"Lubang {word}")
    await assigned(committed, report, masked=False, verified_title=f"Jalan {word}")

    view = (await client.get(report.path)).json()
    english = (await client.get(report.path, headers={"Accept-Language": "en"})).json()

    assert (view["title"], view["body"]) == (f"Laporan {report.number}", None)
    assert english["title"] == f"Report {report.number}"
    assert await listed(client, q=word) == []
    (item,) = [one for one in await items_of(client) if one["tracking_number"] == report.number]
    assert (item["title"], item["excerpt"]) == (f"Laporan {report.number}", None)


async def test_the_title_as_submitted_stands_until_a_verifier_changes_it(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await a_full_report(client)
    await assigned(committed, report)

    assert (await client.get(report.path)).json()["title"] == "Jalan berlubang"


@pytest.mark.parametrize("status", [Status.ARCHIVED, Status.WITHDRAWN, Status.MERGED])
async def test_what_was_archived_withdrawn_or_merged_is_not_shown_any_more(
    client: httpx.AsyncClient, committed: Sessions, status: Status
) -> None:
    report = await a_full_report(client)
    await assigned(committed, report)
    if status is Status.MERGED:
        await merged(committed, report, await submitted(client))
    else:
        await moved(committed, report, EventType.REPORT_ARCHIVED, status)

    answer = await client.get(report.path)

    assert (answer.json()["status_group"], answer.json()["published"]) == ("selesai", False)
    assert "Jalan berlubang" not in answer.text
    assert "SAMARINDA" not in answer.text
    assert report.number not in (await client.get("/v1/reports?limit=200")).text


async def test_a_secret_report_does_not_exist_for_the_public(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await a_full_report(client, secret=True)
    await assigned(committed, report)

    public = await client.get(report.path)
    missing = await client.get(f"/v1/reports/{_unused_number()}")

    assert code_of(public) == (404, "unknown_report")
    assert _without_numbers(public) == _without_numbers(missing)
    assert report.number not in (await client.get("/v1/reports?limit=200")).text
    assert (await client.get(report.path, headers=report.as_reporter)).status_code == 200


async def test_a_wrong_code_is_answered_exactly_like_an_unknown_number(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    wrong = {"X-Access-Code": ids.new_access_code()}

    with_wrong_code = await client.get(report.path, headers=wrong)
    unknown = await client.get(f"/v1/reports/{_unused_number()}", headers=wrong)
    misspelt = await client.get(f"/v1/reports/{_with_wrong_check_digit(report.number)}", headers=wrong)
    misspelt_by_the_public = await client.get(f"/v1/reports/{_with_wrong_check_digit(report.number)}")

    answers = (with_wrong_code, unknown, misspelt, misspelt_by_the_public)
    assert {code_of(answer) for answer in answers} == {(404, "unknown_report")}
    assert len({str(_without_numbers(answer)) for answer in answers}) == 1


def _unused_number() -> str:
    return ids.new_tracking_number()


def _with_wrong_check_digit(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def _without_numbers(answer: httpx.Response) -> dict[str, Any]:
    number = answer.request.url.path.rpartition("/")[2]
    problem = {name: str(value).replace(number, "N") for name, value in answer.json().items()}
    headers = sorted(name for name in answer.headers if name != "x-request-id")
    return problem | {"headers": headers}


@pytest.mark.parametrize("number", ["123", "12345678901", "abcdefghij", "123456789O", "%00", "\uff11" * 10])
async def test_what_cannot_be_a_tracking_number_is_refused(client: httpx.AsyncClient, number: str) -> None:
    answer = await client.get(f"/v1/reports/{number}")

    assert code_of(answer) in ((422, "invalid"), (400, "nul_character"))


async def test_labels_come_in_the_language_that_is_asked_for(client: httpx.AsyncClient) -> None:
    report = await submitted(client)

    labels = [
        (await client.get(report.path, headers={"Accept-Language": asked})).json()["status_label"]
        for asked in ("en", "id", "fr, en;q=0.8", "en;q=0.2, id;q=0.9", "xx;q=broken", "en-GB")
    ]

    assert labels == ["Not yet followed up", "Belum", "Not yet followed up", "Belum", "Belum", "Not yet followed up"]


# --- the list ------------------------------------------------------------------------------------------------


_titles = count(1)


@pytest.fixture
def word() -> str:
    """A word that only the reports of one test have in their titles."""
    return f"kata{next(_titles)}x"


async def items_of(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/reports", params={"limit": 200} | params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def listed(client: httpx.AsyncClient, **params: Any) -> list[str]:
    return [item["tracking_number"] for item in await items_of(client, **params)]


async def test_the_list_holds_what_is_published_and_nothing_else(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    public = await a_full_report(client, title=f"Jalan {word} satu")
    fresh = await a_full_report(client, title=f"Jalan {word} dua")
    secret = await a_full_report(client, title=f"Jalan {word} tiga", secret=True)
    for report in (public, secret):
        await assigned(committed, report)

    answer = await client.get("/v1/reports", params={"q": word})

    (item,) = answer.json()["items"]
    assert item["tracking_number"] == public.number
    assert set(item) == {
        "tracking_number", "status_group", "status_label", "classification", "title", "excerpt", "category", "region",
        "agency", "received_at", "supports", "version", "changed_at",
    }  # fmt: skip
    for unseen in (*PRIVATE, fresh.number, secret.number):
        assert unseen not in answer.text


async def test_the_list_is_searched_in_the_title_and_the_body(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    by_title = await submitted(client, title=f"100% {word.upper()} rusak")
    by_body = await submitted(client, body=f"Isi {word}: tiang listriknya berlubang")
    renamed = await submitted(client, title=f"Lama {word}")
    await assigned(committed, by_title)
    await assigned(committed, by_body)
    await assigned(committed, renamed, verified_title="Baru")

    both = [by_body.number, by_title.number]
    assert await listed(client, q=word) == both
    assert await listed(client, q=f"{word[:-1]}") == both  # the beginning of a word
    assert await listed(client, q=f"{word} listrik") == [by_body.number]
    assert await listed(client, q=f"rusak 100% {word}") == [by_title.number]
    assert await listed(client, q=f"{word} -rusak") == [by_body.number]
    assert await listed(client, q=f"{word} melubangi") == both  # by its stem


async def test_words_are_found_however_they_are_composed(client: httpx.AsyncClient, committed: Sessions) -> None:
    composed = await submitted(client, title="Kaf\u00e9 B\u00e9jo ramai")
    decomposed = await submitted(client, title="Kafe\u0301 Be\u0301jo ramai")
    await assigned(committed, composed)
    await assigned(committed, decomposed)

    for asked in (
        "Kaf\u00e9 B\u00e9jo",
        "Kafe\u0301 Be\u0301jo",
        "kafe bejo",
        "kafe\u00a0bejo",
        "Kaf\u00e9 \u2013 Be\u200bjo",
    ):
        assert await listed(client, q=asked) == [decomposed.number, composed.number], asked


async def test_a_misspelt_word_finds_a_similar_title(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, title="Trotoar terbongkar")
    await assigned(committed, report)

    assert await listed(client, q="trotoar terbngkar", limit=1) == [report.number]
    assert await listed(client, q="perpustakaan keliling") == []


async def test_nobody_finds_a_report_by_what_is_masked(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    report = await submitted(
        client, title=f"Pak Wagiman {word}", body="Hubungi 0813-9876-5432 atau Ibu Sutinah, KT 4321 ZY."
    )
    await assigned(committed, report)

    assert await listed(client, q=word) == [report.number]
    for hidden in ("Wagiman", "pak wagiman", f"Wagiman {word}", "0813-9876-5432", "0813", "Sutinah", "sutin", "4321"):
        assert report.number not in await listed(client, q=hidden)


@pytest.mark.parametrize("q", ["%", "'", "\\", "a:*b", "&|!", "'' OR 1", "-", '"', "(", "<->", "é", "\U0001f6a7"])
async def test_any_words_can_be_looked_for(client: httpx.AsyncClient, q: str) -> None:
    assert (await client.get("/v1/reports", params={"q": q})).status_code == 200


async def test_the_list_is_filtered(client: httpx.AsyncClient, committed: Sessions, word: str) -> None:
    road = await submitted(client, title=word, location={"region_code": "64.72.01"})
    clinic = await submitted(client, title=word, category="health", location={"region_code": "35.78"})
    await assigned(committed, road)
    await assigned(committed, clinic, agency_code="SAMARINDA-DINKES")
    await moved(committed, clinic, EventType.REPORT_CLOSED, Status.CLOSED)

    found = {
        f"{name}={value}": await listed(client, q=word, **{name: value})
        for name, value in (
            ("region", "64"), ("region", "64.72"), ("region", "64.7"), ("region", "35"),
            ("agency", "SAMARINDA"), ("agency", "SAMARINDA-PU"), ("agency", "SAMARINDA-PU-JALAN"),
            ("category", "roads"), ("category", "roads.damage"), ("category", "health"), ("category", "none"),
            ("status", "belum"), ("status", "proses"), ("status", "selesai"),
        )
        if value != "64.7"
    }  # fmt: skip

    assert found == {
        "region=64": [road.number],
        "region=64.72": [road.number],
        "region=35": [clinic.number],
        "agency=SAMARINDA": [clinic.number, road.number],
        "agency=SAMARINDA-PU": [road.number],
        "agency=SAMARINDA-PU-JALAN": [],
        "category=roads": [road.number],
        "category=roads.damage": [road.number],
        "category=health": [clinic.number],
        "category=none": [],
        "status=belum": [road.number],
        "status=proses": [],
        "status=selesai": [clinic.number],
    }


async def test_the_list_is_searched_around_a_place(client: httpx.AsyncClient, committed: Sessions, word: str) -> None:
    here = await submitted(client, title=word, location={"latitude": -0.5021, "longitude": 117.1534})
    far = await submitted(client, title=word, location={"latitude": -1.27, "longitude": 116.83})
    nowhere = await submitted(client, title=word, location={"text": "di sana"})
    for report in (here, far, nowhere):
        await assigned(committed, report)

    assert await listed(client, q=word, near="-0.50,117.15,1000") == [here.number]
    assert await listed(client, q=word, near="-0.52,117.15,2000") == []
    assert await listed(client, q=word, near="-0.52,117.15,2500") == [here.number]
    assert await listed(client, q=word, near="-0.8,117.0,100000") == [far.number, here.number]


async def test_a_place_cannot_be_found_by_narrowing_the_search(
    client: httpx.AsyncClient, committed: Sessions, word: str
) -> None:
    one = await submitted(client, title=word, location={"latitude": -0.5049, "longitude": 117.1549})
    another = await submitted(client, title=word, location={"latitude": -0.4951, "longitude": 117.1451})
    for report in (one, another):
        await assigned(committed, report)

    for metres in range(1000, 3000, 100):
        assert len(await listed(client, q=word, near=f"-0.51,117.16,{metres}")) in (0, 2)


async def test_pages_of_the_list_follow_each_other_in_both_directions(
    client: httpx.AsyncClient, committed: Sessions, now: Clock, word: str
) -> None:
    numbers = []
    for day in (0, 1, 1, 2, 3):
        now.now = NOON + day * DAY
        report = await submitted(client, title=word)
        await assigned(committed, report)
        numbers.append(report.number)

    for sort, expected in (("received_at", numbers), ("-received_at", numbers[::-1])):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        for _ in range(3):
            params = {"q": word, "limit": "2", "sort": sort} | cursor
            page = (await client.get("/v1/reports", params=params)).json()
            seen += [item["tracking_number"] for item in page["items"]]
            cursor = {"cursor": page["next_cursor"] or ""}
        assert seen == expected
        assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ("limit=0", "invalid"),
        ("limit=201", "invalid"),
        ("limit=x", "invalid"),
        ("colour=red", "invalid"),
        ("status=open", "invalid"),
        ("sort=title", "invalid"),
        ("region=abc", "invalid"),
        ("near=1,2", "invalid"),
        ("near=50,117,1000", "bad_near"),
        ("near=0,10,1000", "bad_near"),
        ("near=0,117,999", "bad_near"),
        ("near=0,117,100001", "bad_near"),
        ("cursor=abc", "bad_cursor"),
        ("cursor=" + encode_cursor("0001-01-01T00:00:00+14:00", UUID(int=1)), "bad_cursor"),
        ("cursor=" + encode_cursor("2026-01-01T00:00:00", UUID(int=1)), "bad_cursor"),
    ],
)  # fmt: skip
async def test_a_wrong_parameter_of_the_list_is_named(client: httpx.AsyncClient, params: str, code: str) -> None:
    answer = await client.get(f"/v1/reports?{params}")

    assert code_of(answer) == (422, code)
    assert answer.json()["errors"][0]["pointer"].startswith("query/")


async def test_the_list_walks_the_index_of_published_reports(committed: Sessions) -> None:
    """A mistake in the predicate would have the database sort a million reports for each page."""
    filters = queries.Filters(None, None, None, None, None, None)
    async with committed.begin() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_sort = off"))
        await session.execute(text("SET LOCAL enable_incremental_sort = off"))
        plans = []
        for oldest_first in (False, True):
            statement = queries.page_of(filters, after=(NOON, ids.new_id()), oldest_first=oldest_first, limit=51)
            compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            plans.append("\n".join(await session.scalars(text(f"EXPLAIN {compiled}".replace(":", r"\:")))))

    assert all("reports_published_idx" in plan and "Sort" not in plan for plan in plans), plans


async def test_the_national_holder_has_no_agency_to_show(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    forwarded = Holder(Level.COORDINATOR, "SAMARINDA")
    await moved(
        committed, report, EventType.REPORT_FORWARDED, Status.VERIFIED, holder=forwarded, at=NOON + timedelta(hours=1),
        published_at=NOON,
    )  # fmt: skip

    view = (await client.get(report.path)).json()

    assert (view["published"], view["agency"], view["title"]) == (True, None, f"Laporan {report.number}")


@pytest.mark.parametrize("headers", [{}, APP])
async def test_the_public_view_takes_a_token_or_none(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    report = await submitted(client)

    assert (await client.get(report.path, headers=headers)).status_code == 200
