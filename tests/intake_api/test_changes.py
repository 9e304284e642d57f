"""How whoever keeps a copy of what they read learns that it has changed: instants, versions, 304."""

import dataclasses
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select

from routing_service.report.masks import PublicAnswer
from routing_service.work.masking import queries as texts
from routing_service.work.masking.answers import queries as answers
from routing_service.work.masking.making import make_all
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.log.events import EventType
from shared.schema import Clock as ClockRow
from shared.schema import Message, PublicText
from tests.factories import DAY, NOON
from tests.intake_api.helpers import APP, Clock, Submitted, assigned, merged, moved, submitted

CLOCK = {
    "round": 1, "started_at": NOON, "on_due": "escalate", "policy_code": "P", "calendar_id": 1,
    "time_zone": "Asia/Makassar", "imported": False, "opened_recorded_at": NOON, "computed_seq": 1, "step_code": [],
    "step_at": [], "step_level": [], "step_kind": [], "step_recipients": [], "outcome": "pending", "opened_seq": 1,
    "stage": "resolution", "state": "running", "due_at": NOON + DAY,
}  # fmt: skip
Client = httpx.AsyncClient
LATER = "2026-03-03T04:00:30Z"
LETTERS = str.maketrans("0123456789", "ghijklmnop")
AT = NOON + DAY + timedelta(seconds=30)


async def in_list(client: Client, account: str, kind: str = "reports", **params: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/reporters/{account}/{kind}", params=params, headers=APP)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_word_in_an_unchanged_status_changes_the_line_and_its_version(
    client: Client, committed: Sessions
) -> None:
    account = uuid4().hex
    await submitted(client, reporter_reference=account)
    report = await submitted(client, reporter_reference=account)
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said="Kami periksa.")
    before = (await in_list(client, account))[0]
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said="Mohon kirim foto.", at=AT)

    after = (await in_list(client, account))[0]
    view = (await client.get(report.path, headers=report.as_reporter)).json()

    assert (before["status"], before["version"], before["changed_at"]) == ("in_progress", 2, "2026-03-02T04:00:00Z")
    assert (after["status"], after["version"], after["changed_at"]) == ("in_progress", 3, LATER)
    assert (view["version"], view["changed_at"]) == (3, LATER)
    assert [one["tracking_number"] for one in await in_list(client, account, updated_since=LATER)] == [report.number]
    assert await in_list(client, account, updated_since="2026-03-03T04:00:30.000001Z") == []
    assert len(await in_list(client, account, updated_since="2026-03-02T04:00:00Z")) == 2


async def test_a_note_of_officers_is_no_change_to_the_reporter(client: Client, committed: Sessions) -> None:
    account = uuid4().hex
    report = await submitted(client, reporter_reference=account)
    await moved(committed, report, EventType.REPORT_NOTED, Status.RECEIVED, said="x", kind=MessageKind.NOTE, at=AT)

    assert (await in_list(client, account))[0]["changed_at"] == "2026-03-02T04:00:00Z"
    assert await in_list(client, account, updated_since=LATER) == []


async def test_a_deadline_alone_changes_the_line_and_the_view(client: Client, committed: Sessions) -> None:
    account = uuid4().hex
    report = await submitted(client, reporter_reference=account)
    async with committed.begin() as session:
        await session.execute(insert(ClockRow).values(CLOCK | {"report_id": report.id, "changed_at": AT}))

    assert (await in_list(client, account))[0]["changed_at"] == LATER
    assert (await client.get(report.path, headers=report.as_reporter)).json()["changed_at"] == LATER
    assert len(await in_list(client, account, updated_since=LATER)) == 1
    assert await in_list(client, account, updated_since="2026-03-03T04:00:30.000001Z") == []


async def test_a_deadline_of_before_that_was_kept_or_that_nobody_sees_changes_nothing(
    client: Client, committed: Sessions
) -> None:
    account = uuid4().hex
    report = await submitted(client, reporter_reference=account)
    async with committed.begin() as session:
        row = CLOCK | {"report_id": report.id}
        await session.execute(insert(ClockRow).values(row | {"changed_at": None}))
        await session.execute(insert(ClockRow).values(row | {"changed_at": AT, "opened_seq": 2, "state": "cancelled"}))

    assert (await in_list(client, account))[0]["changed_at"] == "2026-03-02T04:00:00Z"


async def test_what_was_asked_for_and_is_not_carried_out_stands_in_the_list_as_in_the_view(
    client: Client, committed: Sessions
) -> None:
    account = uuid4().hex
    report, withdrawn, chatting, waiting = [await submitted(client, reporter_reference=account) for _ in range(4)]
    for one in (report, chatting):
        await assigned(committed, one)
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Sudah.")
    await client.post(f"{report.path}/ratings", json={"score": 5, "resolved": True}, headers=report.as_reporter)
    await client.post(f"{withdrawn.path}/withdrawal", headers=withdrawn.as_reporter)
    await client.post(f"{chatting.path}/replies", json={"body": "Masih."}, headers=chatting.as_reporter)

    listed = {one["tracking_number"]: one["pending"] for one in await in_list(client, account)}
    views = {
        one.number: (await client.get(one.path, headers=one.as_reporter)).json()["pending"]
        for one in (report, withdrawn, chatting, waiting)
    }

    assert listed == views
    assert [views[one.number] for one in (report, withdrawn, chatting, waiting)] == ["rating", "withdrawal", None, None]
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED, data={"from": "answered"})
    assert {one["pending"] for one in await in_list(client, account)} == {"withdrawal", None}


async def test_words_that_everybody_may_read_only_later_change_what_they_read(
    client: Client, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report, masked=False)
    before = (await client.get(report.path)).json()
    async with committed.begin() as session:
        made = make_all(await texts.without(session, [report.id]))
        await texts.add_public_texts(session, made, by="service:routing_service", now=AT)

    first = (await client.get(report.path)).json()
    async with committed.begin() as session:
        other = [dataclasses.replace(one, body="Lain.") for one in made]
        for again, at in ((made, AT + DAY), (other, AT + 2 * DAY)):
            known = await session.scalar(select(PublicText.masked_at).where(PublicText.report_id == report.id))
            await texts.renew_public_texts(session, again, [known], by="service:routing_service", now=at)
    renewed = (await client.get(report.path)).json()

    assert (before["body"], before["version"], before["changed_at"]) == (None, 2, "2026-03-02T04:00:00Z")
    assert (first["version"], first["changed_at"]) == (3, "2026-03-03T04:00:00Z")
    assert (renewed["body"], renewed["version"], renewed["changed_at"]) == ("Lain.", 4, "2026-03-05T04:00:00Z")


async def test_an_answer_that_is_masked_anew_changes_what_everybody_reads_only_if_it_reads_otherwise(
    client: Client, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said="Pak Joko sudah datang.")
    before = (await client.get(report.path)).json()

    async def renewed(body: str, at: datetime) -> dict[str, Any]:
        async with committed.begin() as session:
            row = (await session.execute(select(Message.id, Message.masks).where(Message.report_id == report.id))).one()
            known = None if row.masks is None else json.dumps(row.masks)
            older = answers.Candidate(row.id, "Pak Joko sudah datang.", [], known)
            await answers.renew_public_answers(session, [(older, PublicAnswer(body, (), 99))], now=at)
        found: dict[str, Any] = (await client.get(report.path)).json()
        return found

    same = await renewed("Pak Joko sudah datang.", AT)
    after = await renewed("Pak [nama] sudah datang.", AT)

    assert (same["version"], same["changed_at"]) == (before["version"], before["changed_at"])
    assert (after["version"], after["changed_at"]) == (before["version"] + 1, "2026-03-03T04:00:00Z")
    assert after["responses"][0]["text"] == "Pak [nama] sudah datang."


async def test_a_merged_report_changes_with_the_one_that_is_worked_on_to_the_minute(
    client: Client, committed: Sessions
) -> None:
    account = uuid4().hex
    survivor, report = await submitted(client), await submitted(client, reporter_reference=account)
    await assigned(committed, survivor)
    await merged(committed, report, survivor, at=NOON + timedelta(hours=1))

    async def changed_at() -> str:
        line, view = (await in_list(client, account))[0], await client.get(report.path, headers=report.as_reporter)
        assert line["changed_at"] == view.json()["changed_at"]
        return str(line["changed_at"])

    before = await changed_at()
    await moved(committed, survivor, EventType.REPORT_NOTED, Status.ASSIGNED, said="x", kind=MessageKind.NOTE, at=AT)
    noted = await changed_at()
    await moved(committed, survivor, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Sudah.", at=AT)
    answered = await changed_at()
    listed = [bool(await in_list(client, account, updated_since=since)) for since in (LATER, "2026-03-03T04:01:00Z")]
    async with committed.begin() as session:
        await session.execute(insert(ClockRow).values(CLOCK | {"report_id": survivor.id, "changed_at": AT + DAY}))

    assert before == noted == "2026-03-02T05:00:00Z"
    assert answered == "2026-03-03T04:00:00Z"
    assert listed == [True, False]
    assert await changed_at() == "2026-03-04T04:00:00Z"


async def test_of_a_secret_report_a_co_reporter_learns_no_change_of_before_they_joined(
    client: Client, committed: Sessions
) -> None:
    survivor, report = await submitted(client, secret=True), await submitted(client, secret=True)
    await assigned(committed, survivor, at=AT)
    async with committed.begin() as session:
        await session.execute(insert(ClockRow).values(CLOCK | {"report_id": survivor.id, "changed_at": AT + 9 * DAY}))
    await merged(committed, report, survivor, at=AT + DAY)

    first = (await client.get(report.path, headers=report.as_reporter)).json()["changed_at"]
    await moved(committed, survivor, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Sudah.", at=AT + 2 * DAY)

    assert first == "2026-03-04T04:00:30Z"
    view = (await client.get(report.path, headers=report.as_reporter)).json()
    assert view["changed_at"] == "2026-03-05T04:00:00Z"


async def test_a_supporter_and_everybody_learn_when_what_they_read_has_changed_to_the_minute(
    client: Client, committed: Sessions
) -> None:
    account, word = uuid4().hex, "tanggul" + uuid4().hex.translate(LETTERS)
    report = await submitted(client, title=f"Jebol {word}")
    await assigned(committed, report)
    await client.post(f"{report.path}/supports", json={"reporter_reference": account}, headers=APP)
    before = (await in_list(client, account, "supports"))[0]
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said="Kami periksa.", at=AT)
    await moved(committed, report, EventType.REPORT_NOTED, Status.IN_PROGRESS, said="x", kind=MessageKind.NOTE,
                at=AT + DAY)  # fmt: skip

    after = (await in_list(client, account, "supports"))[0]
    public = (await client.get(report.path)).json()
    (line,) = (await client.get("/v1/reports", params={"q": word})).json()["items"]

    assert (before["version"], after["version"]) == (2, 3)
    for seen in (after, public, line):
        assert (seen["version"], seen["changed_at"]) == (3, "2026-03-03T04:00:00Z")
    assert len(await in_list(client, account, "supports", updated_since=LATER)) == 1
    assert await in_list(client, account, "supports", updated_since="2026-03-03T04:01:00Z") == []


async def test_of_what_is_not_public_nobody_else_learns_when_it_changed(client: Client, committed: Sessions) -> None:
    account = uuid4().hex
    report = await submitted(client)
    assert (await client.get(report.path)).json()["changed_at"] is None
    await assigned(committed, report)
    await client.post(f"{report.path}/supports", json={"reporter_reference": account}, headers=APP)
    await moved(committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED, published_at=None, at=AT)

    assert (await client.get(report.path)).json()["changed_at"] is None
    assert (await in_list(client, account, "supports"))[0]["changed_at"] is None


# --- 304 -----------------------------------------------------------------------------------------------------


async def ask(client: Client, report: Submitted, tag: str, **headers: str) -> httpx.Response:
    return await client.get(report.path, headers={"If-None-Match": tag, **headers})


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
async def test_what_has_not_changed_is_not_sent_again(
    client: Client, committed: Sessions, own: bool, form: str
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    headers = report.as_reporter if own else {}
    tag = (await client.get(report.path, headers=headers)).headers["etag"]

    same = await ask(client, report, form.format(tag), **headers)

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert same.headers["cache-control"] == "no-store"


async def test_any_change_of_what_is_read_is_sent(client: Client, committed: Sessions, now: Clock) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED)
    own = (await client.get(report.path, headers=report.as_reporter)).headers["etag"]
    public = (await client.get(report.path)).headers["etag"]

    english = await ask(client, report, own, **report.as_reporter, **{"Accept-Language": "en"})
    others = [await ask(client, report, public, **report.as_reporter), await ask(client, report, own)]
    await client.post(f"{report.path}/supports", json={"reporter_reference": uuid4().hex}, headers=APP)
    now.now = NOON + 31 * DAY  # nobody did anything, but it can no longer be reopened
    later = await ask(client, report, own, **report.as_reporter)

    assert [one.status_code for one in (english, *others, later)] == [200] * 4
    assert later.headers["etag"].split(".")[:3] == own.split(".")[:3]


async def test_an_unknown_number_is_unknown_whatever_somebody_keeps(client: Client) -> None:
    report = await submitted(client)
    headers = {"X-Access-Code": "wrong", "If-None-Match": "*"}

    assert (await client.get(report.path, headers=headers)).status_code == 404
