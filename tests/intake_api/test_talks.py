"""Long conversations: what a view shows of them, and the pages of the rest."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text

from intake_api.reporters import queries
from shared import ids
from shared.database import Sessions
from shared.domain.messages import MessageKind
from shared.http.wire import encode_cursor
from shared.queries import talks
from shared.schema import Message
from tests.factories import NOON
from tests.intake_api.helpers import AGENCY, Submitted, assigned, code_of, merged, submitted

Json = dict[str, Any]


async def talked(
    sessions: Sessions, report: Submitted, count: int, *, kind: MessageKind = MessageKind.REPLY, length: int = 5
) -> None:
    """`count` messages, a second apart, each of which begins with its number."""
    official = kind in (MessageKind.RESPONSE, MessageKind.FINAL_RESPONSE)
    async with sessions.begin() as session:
        rows = [
            {
                "id": ids.new_id(), "report_id": report.id, "kind": kind.value,
                "body": f"{number:05}".ljust(length, "x"),
                "public_body": f"{number:05}".ljust(length, "y") if official else None, "salt": ids.new_salt(),
                "agency_code": AGENCY.agency if official else None, "author": "someone:1",
                "created_at": NOON + timedelta(seconds=number),
            }
            for number in range(count)
        ]  # fmt: skip
        if rows:
            await session.execute(insert(Message), rows)


async def pages(
    client: httpx.AsyncClient, report: Submitted, headers: dict[str, str], *, limit: int = 50
) -> list[list[Json]]:
    found: list[list[Json]] = []
    params: Json = {"limit": limit}
    while True:
        answer = await client.get(f"{report.path}/messages", headers=headers, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found.append(page["items"])
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


def numbers(messages: list[Json]) -> list[int]:
    return [int(one["text"][:5]) for one in messages]


@pytest.mark.parametrize("count", [0, talks.SHOWN - 1, talks.SHOWN, talks.SHOWN + 1])
async def test_a_report_shows_its_newest_messages_and_how_many_there_are(
    client: httpx.AsyncClient, committed: Sessions, count: int
) -> None:
    report = await submitted(client)
    await talked(committed, report, count)

    own = (await client.get(report.path, headers=report.as_reporter)).json()

    assert numbers(own["messages"]) == list(range(max(0, count - talks.SHOWN), count))
    assert own["messages_total"] == count


async def test_hundreds_of_long_replies_make_no_answer_long(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await talked(committed, report, 150, length=20_000)

    view = await client.get(report.path, headers=report.as_reporter)
    act = await client.post(f"{report.path}/replies", json={"body": "Lagi."}, headers=report.as_reporter)
    page = await client.get(f"{report.path}/messages?limit=200", headers=report.as_reporter)

    assert max(len(answer.content) for answer in (view, act, page)) < 2 * (talks.CHARACTERS + 20_000) + 50_000
    assert view.json()["messages_total"] == 150
    assert len(view.json()["messages"]) == 7  # the seventh crosses the bound


async def test_pages_tell_everything_once_newest_first(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await talked(committed, report, 45, length=10_000)

    found = await pages(client, report, report.as_reporter, limit=20)

    assert [number for page in found for number in numbers(page)] == list(range(44, -1, -1))
    assert all(0 < len(page) <= 20 for page in found)


async def test_a_page_that_ends_with_the_last_message_has_none_after_it(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await talked(committed, report, 6)

    assert [len(page) for page in await pages(client, report, report.as_reporter, limit=3)] == [3, 3]


async def test_notes_are_on_no_page_and_in_no_number(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await talked(committed, report, 3, kind=MessageKind.NOTE)

    own = (await client.get(report.path, headers=report.as_reporter)).json()

    assert (own["messages"], own["messages_total"]) == ([], 0)
    assert await pages(client, report, report.as_reporter) == [[]]


async def test_everybody_gets_the_masked_answers_and_nothing_finer_than_the_minute(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await talked(committed, report, 70, kind=MessageKind.RESPONSE, length=8)
    await talked(committed, report, 5)

    seen = (await client.get(report.path)).json()
    found = await pages(client, report, {}, limit=30)

    assert (len(seen["responses"]), seen["responses_total"]) == (talks.SHOWN, 70)
    assert [len(page) for page in found] == [30, 30, 10]
    everything = [one for page in found for one in page]
    assert numbers(everything) == list(range(69, -1, -1))
    assert everything[: talks.SHOWN] == seen["responses"][::-1]
    assert all(one["text"].endswith("yyy") and one["at"].endswith(":00Z") for one in everything)


async def test_what_a_public_answer_puts_right_is_told_to_the_minute(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await talked(committed, report, 2, kind=MessageKind.FINAL_RESPONSE)
    async with committed.begin() as session:
        await session.execute(
            text(
                "UPDATE messages SET corrects = f.id, created_at = messages.created_at + interval '61.7 s' "
                "FROM messages f WHERE messages.report_id = :id AND f.report_id = :id AND f.created_at = :at "
                "AND messages.created_at > f.created_at"
            ),
            {"id": report.id, "at": NOON},
        )

    ((newer, older),) = await pages(client, report, {})

    assert (older["corrected"], newer["corrected"], older["corrects"]) == (True, False, None)
    assert newer["corrects"] == older["at"]


async def test_before_a_report_is_public_its_answers_are_not(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await talked(committed, report, 3, kind=MessageKind.RESPONSE)

    assert await pages(client, report, {}) == [[]]


async def test_pages_of_a_secret_report_are_for_its_reporter_alone(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, secret=True)
    await talked(committed, report, 3, kind=MessageKind.RESPONSE)
    wrong = {"X-Access-Code": ids.new_access_code()}

    refused = [await client.get(f"{report.path}/messages", headers=headers) for headers in ({}, wrong)]

    assert [code_of(answer) for answer in refused] == [(404, "unknown_report")] * 2
    assert await pages(client, report, report.as_reporter) != [[]]


async def test_a_cursor_of_another_report_or_beyond_the_end_is_refused(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, another = await submitted(client), await submitted(client)
    await assigned(committed, report)
    for one in (report, another):
        await talked(committed, one, 3, kind=MessageKind.RESPONSE)
    theirs = (await client.get(f"{another.path}/messages?limit=1", headers=another.as_reporter)).json()["next_cursor"]

    answers = [
        await client.get(f"{report.path}/messages", headers=headers, params={"cursor": cursor})
        for headers, cursor in (
            (report.as_reporter, theirs),
            (report.as_reporter, encode_cursor(2)),
            ({}, theirs),
            ({}, encode_cursor(3)),
            ({}, encode_cursor(-1)),
            ({}, encode_cursor(2**40)),
        )
    ]

    assert [code_of(answer) for answer in answers] == [(422, "bad_cursor")] * 6


async def test_whoever_follows_a_merged_report_gets_a_bounded_answer(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, survivor = await submitted(client), await submitted(client)
    await assigned(committed, survivor)
    await merged(committed, report, survivor)
    await talked(committed, survivor, 60, kind=MessageKind.RESPONSE, length=20_000)

    answer = await client.get(report.path, headers=report.as_reporter)

    assert answer.status_code == 200
    assert len(answer.content) < talks.CHARACTERS + 50_000


async def test_a_page_reads_no_more_of_a_long_conversation_than_it_shows(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await talked(committed, report, 5_000)
    page = queries.talk(report.id).page(before=(NOON + timedelta(seconds=2_500), ids.new_id()), limit=51)

    async with committed.begin() as session:
        await session.execute(text("ANALYZE messages"))
        compiled = page.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        literal = str(compiled).replace(":", r"\:").replace("%%", "%")
        plan = list(await session.scalars(text(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {literal}")))

    scans = [line for line in plan if "messages_report_id_idx" in line]
    assert scans, plan
    assert max(float(scan.split("rows=")[1].split()[0]) for scan in scans) < 200, plan
