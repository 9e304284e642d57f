"""Reports with long histories, as their reporters read them: the newest, how much there is, and pages of the rest."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.http import cursors
from shared.http.wire import encode_cursor
from shared.log import consents, events, parts
from shared.log.events import EventType
from shared.log.own_feed import HIDDEN
from shared.schema import Clock
from tests.factories import NOON, drafted
from tests.intake_api.helpers import APP, Submitted, assigned, code_of, merged, moved, submitted

Json = dict[str, Any]


async def happened(sessions: Sessions, report: Submitted, count: int, *types: EventType, **data: Any) -> None:
    async with sessions.begin() as session:
        head = await events.lock_head(session, report.id)
        assert head is not None
        drafts = [drafted(types[number % len(types)], NOON, "liaison_officer:o", data) for number in range(count)]
        await events.append(session, head, *drafts, recorded_at=NOON)


async def pages(client: httpx.AsyncClient, path: str, headers: dict[str, str], **more: str) -> list[Json]:
    found: list[Json] = []
    limit = 7
    params: Json = {"limit": limit, **more}
    while True:
        answer = await client.get(path, headers=headers, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("beyond", [-1, 0, 1])
async def test_a_report_shows_its_newest_timeline_and_pages_tell_all_of_it(
    client: httpx.AsyncClient, committed: Sessions, beyond: int
) -> None:
    report = await submitted(client)
    await happened(committed, report, parts.SHOWN + beyond - 1, EventType.IDENTITY_VIEWED, EventType.REPORT_CORRECTED)
    await happened(committed, report, 60, EventType.REPORT_NOTED, EventType.REPORT_MASKED, EventType.CLOCK_REMINDED)

    own = (await client.get(report.path, headers=report.as_reporter)).json()
    found = await pages(client, f"{report.path}/timeline", report.as_reporter)

    assert own["timeline_total"] == len(found) == parts.SHOWN + beyond
    assert own["timeline"] == found[: parts.SHOWN][::-1]
    assert not {one["type"] for one in found} & {type.value for type in HIDDEN}
    assert found[-1]["type"] == "report.received"


async def test_pages_of_a_report_are_for_its_reporter_alone(client: httpx.AsyncClient, committed: Sessions) -> None:
    report, other = await submitted(client), await submitted(client, secret=True, anonymous=True)

    for path in ("timeline", "timeline?of=merged", "deadlines"):
        assert code_of(await client.get(f"{report.path}/{path}"))[0] == 401
        assert code_of(await client.get(f"{other.path}/{path}", headers=report.as_reporter)) == (404, "unknown_report")
        assert code_of(await client.get(f"{report.path}/{path}", headers=APP))[0] == 403


@pytest.mark.parametrize("part", ["timeline", "timeline?of=merged", "deadlines"])
async def test_cursors_are_good_for_one_view_of_one_report_and_tell_nothing(
    client: httpx.AsyncClient, committed: Sessions, part: str
) -> None:
    report, other = await submitted(client), await submitted(client)
    for one in (report, other):
        await happened(committed, one, 5, EventType.REPORT_CORRECTED)
    cursor = (await client.get(f"{report.path}/timeline?limit=2", headers=report.as_reporter)).json()["next_cursor"]
    join = "&" if "?" in part else "?"

    forged = cursor[:-3] + ("A" if cursor[-3] != "A" else "B") + cursor[-2:]
    refused = [encode_cursor(3), encode_cursor("timeline", 3), "AAAA", forged]
    refused += [] if part == "timeline" else [cursor]
    for wrong in refused:
        answer = await client.get(f"{report.path}/{part}{join}cursor={wrong}", headers=report.as_reporter)
        assert code_of(answer) == (422, "bad_cursor")
    answer = await client.get(f"{other.path}/{part}{join}cursor={cursor}", headers=other.as_reporter)
    assert code_of(answer) == (422, "bad_cursor")


async def test_deadlines_are_shown_in_part_and_paged(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await clocks(committed, report, parts.SHOWN + 5)

    own = (await client.get(report.path, headers=report.as_reporter)).json()
    found = await pages(client, f"{report.path}/deadlines", report.as_reporter)

    assert own["deadlines_total"] == len(found) == parts.SHOWN + 5
    assert own["deadlines"] == found[: parts.SHOWN][::-1]
    assert [one["round"] for one in found] == list(range(parts.SHOWN + 5, 0, -1))


async def clocks(sessions: Sessions, report: Submitted, count: int) -> None:
    async with sessions.begin() as session:
        rows: list[Json] = [
            {
                "report_id": report.id, "stage": "hold", "opened_seq": number, "round": number, "started_at": NOON,
                "due_at": None, "due_on": None, "state": "running", "outcome": "pending", "on_due": "resume",
                "policy_code": "ID-SP4N-2018", "calendar_id": 1, "time_zone": "Asia/Jakarta", "imported": False,
                "opened_recorded_at": NOON, "computed_seq": 1, "step_code": [], "step_at": [], "step_level": [],
                "step_kind": [], "step_recipients": [],
            }
            for number in range(1, count + 1)
        ]  # fmt: skip
        await session.execute(insert(Clock), rows)


@pytest.mark.parametrize("secret", [False, True])
async def test_the_report_that_ones_own_was_merged_into_is_followed_by_pages(
    client: httpx.AsyncClient, committed: Sessions, secret: bool
) -> None:
    survivor = await submitted(client, secret=secret)
    report = await submitted(client, secret=secret)
    await assigned(committed, survivor)
    await moved(committed, survivor, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, at=NOON + timedelta(minutes=1))
    await merged(committed, report, survivor, at=NOON + timedelta(minutes=2))
    for minute in range(3, parts.SHOWN + 10):
        await moved(
            committed, survivor, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, at=NOON + timedelta(minutes=minute)
        )
    await happened(committed, survivor, 60, EventType.REPORT_NOTED)

    own = (await client.get(report.path, headers=report.as_reporter)).json()
    found = await pages(client, f"{report.path}/timeline", report.as_reporter, of="merged")

    total = parts.SHOWN + 7 + (0 if secret else 2)
    assert own["merged"]["timeline_total"] == len(found) == total
    assert own["merged"]["timeline"] == found[: parts.SHOWN][::-1]
    assert all(one["at"].endswith(":00Z") for one in found)


async def test_nothing_is_followed_where_nothing_was_merged(client: httpx.AsyncClient) -> None:
    report = await submitted(client)

    assert await pages(client, f"{report.path}/timeline", report.as_reporter, of="merged") == []


async def test_acts_of_a_reporter_go_by_what_happened_amid_thousands_of_other_events(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await happened(
        committed, report, 3_000, EventType.REPORT_NOTED, EventType.IDENTITY_VIEWED, EventType.CLOCK_REMINDED
    )

    reply = await client.post(f"{report.path}/replies", json={"body": "Lagi."}, headers=report.as_reporter)
    withdrawal = await client.post(f"{report.path}/withdrawal", headers=report.as_reporter)
    again = await client.post(f"{report.path}/withdrawal", headers=report.as_reporter)

    assert (reply.status_code, withdrawal.status_code) == (200, 200)
    assert code_of(again) == (409, "already_withdrawn")


async def test_what_is_said_of_a_consent_is_that_of_the_whole_history(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    asked = {
        "notify": True, "recipients": ["reporter"], "stage": "oversight_resolution", "opened_seq": 1, "step": 0,
    }  # fmt: skip
    taken_back = {"stage": "oversight_resolution", "opened_seq": 1, "steps": [0]}
    steps: list[tuple[EventType, Json]] = [
        (EventType.CLOCK_BREACHED, asked),
        (EventType.CLOCK_REINSTATED, taken_back),
        (EventType.CLOCK_BREACHED, asked),
        (EventType.REPORTER_CONSENTED, {"purpose": "ombudsman", "granted": True}),
        (EventType.REPORTER_CONSENTED, {"purpose": "ombudsman", "granted": False}),
        (EventType.REPORTER_WITHDREW, {}),
    ]
    report = await submitted(client)
    for type, data in steps:
        await happened(committed, report, 1, type, **data)
        async with committed() as session:
            everything = consents.to_ombudsman(await events.history(session, report.id), now=NOON)
            part = consents.to_ombudsman(await parts.about_consents(session, report.id), now=NOON)
        assert part == everything


def test_a_sealed_cursor_is_another_one_each_time() -> None:
    one, other = (cursors.seal("secret", 3, of="view") for _ in range(2))

    assert one != other
    assert cursors.unseal("secret", one, tuple[int], of="view") == (3,)
