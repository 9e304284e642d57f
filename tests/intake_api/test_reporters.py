"""The reporter's own view, and what a reporter may do to a report and when."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select

from shared import ids
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import OPEN, Status
from shared.domain.messages import MessageKind
from shared.log import events
from shared.log.events import Event, EventType
from shared.schema import Clock as ClockRow
from shared.schema import Message, OutboxRow
from tests.factories import DAY, NOON, bearer
from tests.intake_api.helpers import (
    APP,
    CHANNEL,
    OTHER_APP,
    Clock,
    Submitted,
    assigned,
    code_of,
    counts,
    key,
    merged,
    moved,
    submitted,
)

ACTS: dict[str, Any] = {
    "replies": {"body": "Masih berlubang."},
    "ratings": {"score": 4, "resolved": True},
    "consents": {"purpose": "ombudsman", "granted": True},
    "withdrawal": None,
    "reopening": {"body": "Rusak lagi."},
    "appeal": {"body": "Ini memang tugas pemerintah."},
}
#: By hand from domain.md: in which statuses a reporter may do what.
ALLOWED: dict[str, set[Status]] = {
    "replies": {*OPEN, Status.MERGED},
    "ratings": {Status.ANSWERED},
    "consents": set(Status),
    "withdrawal": set(OPEN),
    "reopening": {Status.CLOSED},
    "appeal": {Status.ARCHIVED},
}
REACHED_BY = {
    Status.CLOSED: EventType.REPORT_CLOSED,
    Status.ARCHIVED: EventType.REPORT_ARCHIVED,
    Status.ANSWERED: EventType.REPORT_ANSWERED,
}


async def in_status(client: httpx.AsyncClient, committed: Sessions, status: Status, **changes: Any) -> Submitted:
    report = await submitted(client)
    if status is Status.MERGED:
        await merged(committed, report, await submitted(client))
    elif status is not Status.RECEIVED:
        await moved(committed, report, REACHED_BY.get(status, EventType.REPORT_VERIFIED), status, **changes)
    return report


async def act(client: httpx.AsyncClient, report: Submitted, name: str, **headers: str) -> httpx.Response:
    return await client.post(f"{report.path}/{name}", json=ACTS[name], headers=report.as_reporter | headers)


async def history(committed: Sessions, report: Submitted) -> list[Event]:
    async with committed() as session:
        return await events.history(session, report.id)


# --- the view ------------------------------------------------------------------------------------------------


async def test_the_reporter_sees_all_of_the_report_but_internal_notes(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    contact = {"name": "Siti", "phone": "08123456789", "national_id": "6472014107900001"}
    report = await submitted(client, reporter=contact, secret=True, anonymous=True)
    await assigned(committed, report, verified_title="Jalan rusak")
    await client.post(f"{report.path}/replies", json={"body": "Tolong segera."}, headers=report.as_reporter)
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said="Kami periksa.")
    await moved(
        committed, report, EventType.REPORT_NOTED, Status.IN_PROGRESS, said="Catatan internal", kind=MessageKind.NOTE
    )

    answer = await client.get(report.path, headers=report.as_reporter)

    view = answer.json()
    assert (view["body"], view["title"], view["verified_title"]) == (
        "Lubang besar di depan pasar pagi.", "Jalan berlubang", "Jalan rusak",
    )  # fmt: skip
    assert view["reporter"] == {"name": "Siti", "phone": "08123456789", "email": None}
    assert view["location"]["region"] == {"code": "64.72.01", "name": "Palaran"}
    assert [(entry["type"], entry["text"]) for entry in view["timeline"]] == [
        ("report.received", None),
        ("report.assigned", None),
        ("reporter.replied", "Tolong segera."),
        ("report.responded", "Kami periksa."),
    ]
    assert view["timeline"][1]["agency"] == {"code": "SAMARINDA-PU", "name": "Samarinda-Pu"}
    assert [(one["author"], one["text"]) for one in view["messages"]] == [
        ("reporter", "Tolong segera."),
        ("agency", "Kami periksa."),
    ]
    assert answer.headers["etag"].startswith('"5.own.id.')
    assert view["version"] == 5
    for hidden in ("Catatan", "6472014107900001", "liaison_officer", report.code):
        assert hidden not in answer.text


async def test_the_reporter_reads_why_a_custodian_looked(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await moved(
        committed, report, EventType.IDENTITY_VIEWED, Status.RECEIVED, said="Permintaan Ombudsman",
        kind=MessageKind.IDENTITY_REASON,
    )  # fmt: skip

    view = (await client.get(report.path, headers=report.as_reporter)).json()

    assert view["timeline"][-1]["label"] == "Identitas pelapor dilihat"
    assert view["timeline"][-1]["text"] == "Permintaan Ombudsman"


async def test_the_reporter_reads_that_a_custodian_asked_and_another_one_approved(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await moved(
        committed, report, EventType.IDENTITY_REQUESTED, Status.RECEIVED, said="Permintaan pengadilan",
        kind=MessageKind.IDENTITY_REASON,
    )  # fmt: skip
    await moved(committed, report, EventType.IDENTITY_APPROVED, Status.RECEIVED)

    view = (await client.get(report.path, headers=report.as_reporter)).json()

    assert [(one["label"], one["text"]) for one in view["timeline"][-2:]] == [
        ("Seorang penjaga identitas meminta izin melihat identitas pelapor", "Permintaan pengadilan"),
        ("Penjaga identitas lain mengizinkan identitas pelapor dilihat", None),
    ]


async def test_the_reporter_sees_the_deadlines(client: httpx.AsyncClient, committed: Sessions, now: Clock) -> None:
    report = await submitted(client)
    clock = {
        "report_id": report.id, "round": 1, "started_at": NOON, "on_due": "escalate", "policy_code": "P",
        "calendar_id": 1, "time_zone": "Asia/Makassar", "imported": False, "opened_recorded_at": NOON,
        "computed_seq": 1, "step_code": [], "step_at": [], "step_level": [], "step_kind": [], "step_recipients": [],
        "outcome": "pending",
    }  # fmt: skip
    async with committed.begin() as session:
        for seq, stage, state, due_at in (
            (1, "verification", "running", NOON + DAY),
            (2, "hold", "paused", None),
            (3, "resolution", "cancelled", NOON),
        ):
            await session.execute(
                insert(ClockRow).values(clock | {"opened_seq": seq, "stage": stage, "state": state, "due_at": due_at})
            )

    now.now = NOON + DAY - timedelta(microseconds=1)
    before = (await client.get(report.path, headers=report.as_reporter)).json()["deadlines"]
    now.now = NOON + DAY
    after = (await client.get(report.path, headers=report.as_reporter)).json()["deadlines"]

    assert [(one["stage"], one["state"], one["outcome"]) for one in before] == [
        ("verification", "running", "pending"),
        ("hold", "paused", "pending"),
    ]
    assert [one["outcome"] for one in after] == ["late", "pending"]
    assert (after[0]["label"], after[0]["due_at"]) == ("Verifikasi", "2026-03-03T04:00:00Z")


async def test_the_code_may_be_typed_in_small_letters(client: httpx.AsyncClient) -> None:
    report = await submitted(client)

    answer = await client.get(report.path, headers={"X-Access-Code": report.code.lower()})

    assert "body" in answer.json()


# --- the app's accounts --------------------------------------------------------------------------------------


async def test_the_app_acts_for_its_own_account_and_no_other_app_does(client: httpx.AsyncClient) -> None:
    account = f"akun-{uuid4().hex}"
    report = await submitted(client, reporter_reference=account)
    own = {"X-Reporter-Reference": account}

    def reading(headers: dict[str, str]) -> Any:
        return client.get(report.path, headers=headers)

    assert (await reading(APP | own)).json()["body"]
    assert code_of(await reading(OTHER_APP | own)) == (404, "unknown_report")
    assert code_of(await reading(APP | {"X-Reporter-Reference": "another"})) == (404, "unknown_report")
    assert code_of(await reading(own)) == (401, "unauthenticated")
    assert code_of(await reading(CHANNEL | own)) == (403, "forbidden")
    assert code_of(await reading(APP | {"X-Reporter-Reference": "a/b"})) == (422, "invalid")
    wrong_code = APP | own | {"X-Access-Code": ids.new_access_code()}
    assert code_of(await reading(wrong_code)) == (404, "unknown_report")


async def test_a_report_without_an_account_is_nobodys(client: httpx.AsyncClient) -> None:
    report = await submitted(client)

    answer = await client.get(report.path, headers=APP | {"X-Reporter-Reference": "None"})

    assert code_of(answer) == (404, "unknown_report")


async def test_what_the_app_does_is_logged_as_done_by_the_app(client: httpx.AsyncClient, committed: Sessions) -> None:
    account = uuid4().hex
    report = await submitted(client, reporter_reference=account)

    answer = await client.post(
        f"{report.path}/replies", json=ACTS["replies"], headers=APP | {"X-Reporter-Reference": account}
    )
    await act(client, report, "replies")

    assert answer.status_code == 200
    assert [event.actor for event in (await history(committed, report))[1:]] == ["reporter:mobile-app", "reporter"]


async def test_an_account_lists_its_reports_newest_first(client: httpx.AsyncClient, now: Clock) -> None:
    account = uuid4().hex
    numbers = []
    for day in range(5):
        now.now = NOON + day * DAY
        numbers.append((await submitted(client, reporter_reference=account, secret=True)).number)
    path, seen = f"/v1/reporters/{account}/reports", []
    cursor: dict[str, Any] = {}

    for _ in range(3):
        page = (await client.get(path, params={"limit": 2} | cursor, headers=APP)).json()
        seen += [item["tracking_number"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}

    assert seen == numbers[::-1]
    assert page["next_cursor"] is None
    assert (await client.get(path, headers=OTHER_APP)).json()["items"] == []
    assert account not in str((await client.get(path, headers=APP)).json())


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (CHANNEL, 403), (bearer(Role.NATIONAL_ADMIN), 403)])
async def test_only_apps_have_accounts(client: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await client.get("/v1/reporters/somebody/reports", headers=headers)

    assert answer.status_code == status


# --- acts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", list(ACTS))
async def test_what_a_reporter_may_do_in_a_status(
    client: httpx.AsyncClient, committed: Sessions, name: str, status: Status
) -> None:
    report = await in_status(client, committed, status)
    before = await counts(committed)

    answer = await act(client, report, name)

    if status in ALLOWED[name]:
        assert answer.status_code == 200
        assert answer.json()["status"] == status  # what follows from it is routing_service's to decide
        assert (await history(committed, report))[-1].type.startswith("reporter.")
    else:
        by_survivor = status is Status.MERGED and name in ("ratings", "withdrawal")
        assert code_of(answer) == (409, "merged" if by_survivor else "illegal_transition")
        assert await counts(committed) == before


@pytest.mark.parametrize(
    ("name", "status", "type", "data", "followers"),
    [
        ("replies", Status.ANSWERED, "reporter.replied", {}, ["routing_service", "sla_monitor"]),
        ("ratings", Status.ANSWERED, "reporter.rated", {"score": 4, "resolved": True, "poor": False}, None),
        ("consents", Status.ANSWERED, "reporter.consented", {"purpose": "ombudsman", "granted": True}, ["sla_monitor"]),
        ("withdrawal", Status.ANSWERED, "reporter.withdrew", {}, None),
        ("reopening", Status.CLOSED, "reporter.reopened", {}, None),
        ("appeal", Status.ARCHIVED, "reporter.appealed", {}, None),
    ],
)
async def test_every_act_is_a_fact_in_the_log(
    client: httpx.AsyncClient, committed: Sessions, name: str, status: Status, type: str, data: dict[str, Any],
    followers: list[str] | None,
) -> None:  # fmt: skip
    report = await in_status(client, committed, status)

    answer = await act(client, report, name)

    fact = (await history(committed, report))[-1]
    words_of = ("message", "message_kind", "message_agency", "digest")
    said = {field: fact.data[field] for field in words_of if field in fact.data}
    assert (fact.type, fact.actor, fact.occurred_at) == (type, "reporter", NOON)
    assert {field: value for field, value in fact.data.items() if field not in said} == data | {"by": "code"}
    assert answer.headers["etag"] == f'"{fact.seq}.own.id"'
    async with committed() as session:
        told = await session.scalars(select(OutboxRow.follower).where(OutboxRow.event_id == fact.id))
        assert sorted(told) == (["routing_service", "sla_monitor"] if followers is None else followers)
        messages = (await session.scalars(select(Message).where(Message.report_id == report.id))).all()
        words = (ACTS[name] or {}).get("body")
        assert [message.body for message in messages] == ([words] if words else [])
        for message in messages:
            assert said == {
                "message": str(message.id), "message_kind": message.kind, "message_agency": None,
                "digest": ids.salted_digest(message.salt, message.body),
            }  # fmt: skip


@pytest.mark.parametrize(
    ("score", "resolved", "poor"),
    [(1, True, True), (2, True, True), (3, True, False), (5, False, True), (5, True, False)],
)
async def test_a_rating_is_poor_up_to_two_or_if_nothing_was_resolved(
    client: httpx.AsyncClient, committed: Sessions, score: int, resolved: bool, poor: bool
) -> None:
    report = await in_status(client, committed, Status.ANSWERED)
    body = {"score": score, "resolved": resolved, "comment": "Begitulah."}

    answer = await client.post(f"{report.path}/ratings", json=body, headers=report.as_reporter)

    fact = (await history(committed, report))[-1]
    assert answer.status_code == 200
    assert fact.data["poor"] is poor
    assert UUID(fact.data["message"])
    assert answer.json()["messages"][-1]["text"] == "Begitulah."


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("replies", {}),
        ("replies", {"body": ""}),
        ("replies", {"body": "a" * 20_001}),
        ("replies", {"body": "a\x00"}),
        ("replies", {"body": "a", "more": 1}),
        ("ratings", {"score": 0, "resolved": True}),
        ("ratings", {"score": 6, "resolved": True}),
        ("ratings", {"score": 4.5, "resolved": True}),
        ("ratings", {"score": "4", "resolved": True}),
        ("ratings", {"score": 4, "resolved": "yes"}),
        ("ratings", {"score": 4}),
        ("consents", {"purpose": "marketing", "granted": True}),
        ("consents", {"purpose": "ombudsman"}),
        ("reopening", {"body": 5}),
    ],
)
async def test_a_wrong_body_is_refused(client: httpx.AsyncClient, name: str, body: dict[str, Any]) -> None:
    report = await submitted(client)

    answer = await client.post(f"{report.path}/{name}", json=body, headers=report.as_reporter)

    assert code_of(answer) == (422, "invalid")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "malformed_json")),
        (b'{"body": "\\ud800"}', (422, "invalid")),
        (b"x" * (1024 * 1024 + 1), (413, "body_too_large")),
    ],
)
async def test_broken_bodies_are_refused(client: httpx.AsyncClient, content: bytes, expected: tuple[int, str]) -> None:
    report = await submitted(client)
    headers = report.as_reporter | {"Content-Type": "application/json"}

    answer = await client.post(f"{report.path}/replies", content=content, headers=headers)

    assert code_of(answer) == expected


@pytest.mark.parametrize("name", list(ACTS))
async def test_nobody_else_acts(client: httpx.AsyncClient, committed: Sessions, name: str) -> None:
    report = await submitted(client)
    before = await counts(committed)

    answers = [
        await client.post(f"{report.path}/{name}", json=ACTS[name], headers=headers)
        for headers in ({}, CHANNEL, APP, {"X-Access-Code": ids.new_access_code()}, APP | {"X-Reporter-Reference": "x"})
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 403, 404, 404]
    assert await counts(committed) == before


async def test_an_act_on_a_version_that_is_no_longer_is_refused(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    seen = (await client.get(report.path, headers=report.as_reporter)).headers["etag"]

    first = await act(client, report, "replies", **{"If-Match": seen})
    second = await act(client, report, "replies", **{"If-Match": seen})
    third = await act(client, report, "replies", **{"If-Match": first.headers["etag"]})

    assert (first.status_code, third.status_code) == (200, 200)
    assert code_of(second) == (412, "version_mismatch")
    assert len(await history(committed, report)) == 3


# --- once, and not too late ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("ratings", Status.ANSWERED, "already_rated"),
        ("withdrawal", Status.RECEIVED, "already_withdrawn"),
        ("reopening", Status.CLOSED, "already_reopened"),
        ("appeal", Status.ARCHIVED, "already_appealed"),
    ],
)
async def test_ten_at_once_do_it_once(
    client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions, name: str, status: Status, code: str
) -> None:
    report = await in_status(client, committed, status)

    answers = await asyncio.gather(*(act(copy, report, name) for copy in (client, other) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert {code_of(answer) for answer in answers if answer.status_code == 409} == {(409, code)}
    assert len(await history(committed, report)) == (2 if status is Status.RECEIVED else 3)


async def test_replies_that_come_at_once_are_all_kept(
    client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)

    answers = await asyncio.gather(*(act(copy, report, "replies") for copy in (client, other) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    assert [event.seq for event in await history(committed, report)] == list(range(1, 12))


async def test_a_report_is_reopened_once_in_its_life(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await in_status(client, committed, Status.CLOSED)
    await act(client, report, "reopening")
    await moved(committed, report, EventType.REPORT_REOPENED, Status.IN_PROGRESS)
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED)

    assert code_of(await act(client, report, "reopening")) == (409, "already_reopened")


async def test_an_appeal_is_possible_once(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await in_status(client, committed, Status.ARCHIVED)
    await act(client, report, "appeal")
    await moved(committed, report, EventType.REPORT_APPEALED, Status.RECEIVED)
    await moved(committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED)

    assert code_of(await act(client, report, "appeal")) == (409, "already_appealed")


@pytest.mark.parametrize("late", [False, True])
async def test_a_report_is_reopened_within_30_days(
    client: httpx.AsyncClient, committed: Sessions, now: Clock, late: bool
) -> None:
    report = await in_status(client, committed, Status.CLOSED)
    now.now = NOON + 30 * DAY + (timedelta(microseconds=1) if late else timedelta())

    answer = await act(client, report, "reopening")

    assert code_of(answer) == (409, "too_late_to_reopen") if late else answer.status_code == 200


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.AWAITING_REPORTER])
async def test_while_a_reply_is_on_its_way_more_replies_and_a_withdrawal_are_taken(
    client: httpx.AsyncClient, committed: Sessions, status: Status
) -> None:
    report = await in_status(client, committed, status)

    answers = [await act(client, report, name) for name in ("replies", "replies", "withdrawal")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


async def test_an_answer_is_not_rated_while_a_reply_to_it_is_on_its_way(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    """The reply sends the report back to the agency; a rating on top of it would be lost."""
    report = await in_status(client, committed, Status.ANSWERED)
    await act(client, report, "replies")

    assert code_of(await act(client, report, "ratings")) == (409, "still_pending")


async def test_a_report_is_not_withdrawn_while_a_rating_may_close_it(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await in_status(client, committed, Status.ANSWERED)
    await act(client, report, "ratings")

    assert code_of(await act(client, report, "withdrawal")) == (409, "still_pending")
    await moved(committed, report, EventType.REPORT_REOPENED, Status.IN_PROGRESS)
    assert (await act(client, report, "withdrawal")).status_code == 200


async def test_after_a_withdrawal_nothing_more_is_done_whatever_officers_do_meanwhile(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await act(client, report, "withdrawal")
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED)

    answers = [await act(client, report, name) for name in ("replies", "ratings", "withdrawal")]

    assert {code_of(answer) for answer in answers} == {(409, "already_withdrawn")}


async def test_a_new_answer_may_be_rated_again(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await in_status(client, committed, Status.ANSWERED)
    await act(client, report, "ratings")
    await moved(committed, report, EventType.REPORT_REOPENED, Status.IN_PROGRESS)
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED)

    assert (await act(client, report, "ratings")).status_code == 200


async def test_objections_need_no_words(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await in_status(client, committed, Status.CLOSED)

    answer = await client.post(f"{report.path}/reopening", headers=report.as_reporter | key())

    assert answer.status_code == 200
    assert (await history(committed, report))[-1].data == {"by": "code"}


# --- how much of it -------------------------------------------------------------------------------------------


async def test_a_report_takes_so_many_replies_and_consents_within_a_day_and_then_says_when_to_come_back(
    client: httpx.AsyncClient, app: FastAPI, committed: Sessions, now: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.state._state, "settings", app.state.settings.model_copy(update={"replies_a_day": 2}))
    report = await submitted(client)
    assert (await act(client, report, "replies")).status_code == 200
    now.now += timedelta(hours=1)
    assert (await act(client, report, "consents")).status_code == 200

    refused = [await act(client, report, name) for name in ("replies", "consents")]
    other = await act(client, await submitted(client), "replies")
    now.now = NOON + DAY - timedelta(seconds=1)
    too_early = await act(client, report, "replies")
    now.now = NOON + DAY
    taken = await act(client, report, "replies")
    withdrawn = await act(client, report, "withdrawal")

    assert [code_of(answer) for answer in refused] == [(429, "too_many_replies")] * 2
    assert refused[0].headers["retry-after"] == str(23 * 3600)
    assert other.status_code == 200
    assert code_of(too_early) == (429, "too_many_replies")
    assert too_early.headers["retry-after"] == "1"
    assert (taken.status_code, withdrawn.status_code) == (200, 200), "a withdrawal is never too much"
