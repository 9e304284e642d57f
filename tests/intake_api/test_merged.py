"""What the reporter of a merged report learns of the one that is worked on, and may still say."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.log.events import EventType
from shared.schema import Clock as ClockRow
from tests.factories import DAY, NOON
from tests.intake_api.helpers import APP, Submitted, assigned, code_of, merged, moved, stored, submitted

LATER = NOON + timedelta(hours=1)
CLOCK = {
    "round": 1, "started_at": NOON, "on_due": "escalate", "policy_code": "P", "calendar_id": 1,
    "time_zone": "Asia/Makassar", "imported": False, "opened_recorded_at": NOON, "computed_seq": 1, "step_code": [],
    "step_at": [], "step_level": [], "step_kind": [], "step_recipients": [], "outcome": "pending", "opened_seq": 1,
    "stage": "resolution", "state": "running", "due_at": NOON + DAY,
}  # fmt: skip


async def view_of(client: httpx.AsyncClient, report: Submitted, language: str = "id") -> dict[str, Any]:
    answer = await client.get(report.path, headers=report.as_reporter | {"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_pair(client: httpx.AsyncClient, committed: Sessions, **changes: Any) -> tuple[Submitted, Submitted]:
    survivor, report = (await submitted(client, **changes), await submitted(client, **changes))
    await assigned(committed, survivor)
    await client.post(f"{survivor.path}/replies", json={"body": "Kata orang lain"}, headers=survivor.as_reporter)
    await moved(
        committed, survivor, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said="Sudah kami lihat.",
        kind=MessageKind.RESPONSE,
    )  # fmt: skip
    await merged(committed, report, survivor, at=LATER)
    return survivor, report


async def answered(committed: Sessions, report: Submitted, said: str = "Sudah ditambal.") -> None:
    await moved(
        committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED, at=LATER + DAY, said=said,
        kind=MessageKind.FINAL_RESPONSE,
    )  # fmt: skip


async def test_the_reporter_follows_the_report_that_his_was_merged_with(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    survivor, report = await a_pair(client, committed)
    await answered(committed, survivor)
    async with committed.begin() as session:
        await session.execute(insert(ClockRow).values(CLOCK | {"report_id": survivor.id}))

    view = await view_of(client, report)

    assert (view["status"], view["timeline"][-1]["type"]) == ("merged", "report.merged")
    found = view["merged"]
    assert (found["tracking_number"], found["status"], found["status_label"]) == (
        survivor.number, "answered", "Menunggu Tanggapan Pelapor",
    )  # fmt: skip
    assert found["agency"]["code"] == "SAMARINDA-PU"
    assert [(one["type"], one["text"]) for one in found["timeline"]] == [
        ("report.assigned", None),
        ("report.responded", "Sudah kami lihat."),
        ("report.answered", "Sudah ditambal."),
    ]
    assert [(one["stage"], one["state"]) for one in found["deadlines"]] == [("resolution", "running")]
    assert survivor.number in found["text"]
    for hidden in ("Kata orang lain", survivor.code):
        assert hidden not in str(view)


async def test_he_learns_of_its_closing_in_his_language(client: httpx.AsyncClient, committed: Sessions) -> None:
    survivor, report = await a_pair(client, committed)
    await answered(committed, survivor)
    await moved(committed, survivor, EventType.REPORT_CLOSED, Status.CLOSED, at=LATER + 2 * DAY)

    view = await view_of(client, report, "en")

    assert view["status_label"] == "Merged"
    assert view["timeline"][-1]["label"] == "Merged with another report"
    assert (view["merged"]["status_label"], view["merged"]["timeline"][-1]["label"]) == ("Closed", "Closed")
    assert view["merged"]["text"].startswith("Your report was merged with report")


async def test_of_a_secret_report_another_reporter_learns_only_what_happened_since_the_merge(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    survivor, report = await a_pair(client, committed, secret=True)
    await answered(committed, survivor)

    view = await view_of(client, report)

    assert view["merged"]["tracking_number"] is None
    assert [one["text"] for one in view["merged"]["timeline"]] == ["Sudah ditambal."]
    assert survivor.number not in str(view)


async def test_where_a_survivor_was_merged_itself_the_last_one_is_followed(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    survivor, report = await a_pair(client, committed)
    oldest = await submitted(client)
    await assigned(committed, oldest)
    await merged(committed, survivor, oldest, at=LATER + DAY / 2)
    await answered(committed, oldest)

    found = (await view_of(client, report))["merged"]

    assert (found["tracking_number"], found["status"]) == (oldest.number, "answered")
    assert [one["text"] for one in found["timeline"] if one["text"]] == ["Sudah kami lihat.", "Sudah ditambal."]
    assert found["merged_at"] == "2026-03-02T05:00:00Z"


async def test_a_report_that_is_not_merged_follows_none(client: httpx.AsyncClient) -> None:
    view = await view_of(client, await submitted(client))

    assert (view["merged"], view["merged_into"]) == (None, None)


async def test_the_reporter_of_the_survivor_learns_that_another_joined_but_not_which(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    survivor, report = await a_pair(client, committed)
    await client.post(f"{report.path}/replies", json={"body": "Kata yang bergabung"}, headers=report.as_reporter)
    await moved(
        committed, survivor, EventType.REPORT_JOINED, Status.IN_PROGRESS, at=LATER, data={"other": str(report.id)}
    )

    view = await view_of(client, survivor)

    assert view["timeline"][-1]["label"] == "Laporan serupa digabungkan"
    for hidden in (report.number, str(report.id), "Kata yang bergabung"):
        assert hidden not in str(view)


async def test_the_list_of_the_account_says_where_the_survivor_stands(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    account = f"akun-{uuid4().hex}"
    survivor = await submitted(client)
    await assigned(committed, survivor)
    report = await submitted(client, reporter_reference=account)
    other = await submitted(client, reporter_reference=account)
    await merged(committed, report, survivor)

    listed = (await client.get(f"/v1/reporters/{account}/reports", headers=APP)).json()["items"]

    ends = {one["tracking_number"]: one["merged_into"] for one in listed}
    assert ends[other.number] is None
    assert ends[report.number] == {
        "tracking_number": survivor.number, "status": "assigned", "status_label": "Belum Ditindaklanjuti",
    }  # fmt: skip


async def test_a_co_reporter_may_reply_as_long_as_the_survivor_is_worked_on(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    survivor, report = await a_pair(client, committed)
    reply = {"body": "Masih berlubang."}

    taken = await client.post(f"{report.path}/replies", json=reply, headers=report.as_reporter)
    await answered(committed, survivor)
    await moved(committed, survivor, EventType.REPORT_CLOSED, Status.CLOSED, at=LATER + 2 * DAY)
    refused = await client.post(f"{report.path}/replies", json=reply, headers=report.as_reporter)

    assert [one["text"] for one in taken.json()["messages"]] == ["Masih berlubang."]
    assert code_of(refused) == (409, "survivor_is_closed")
    assert "submit a new one" in refused.json()["detail"]


@pytest.mark.parametrize(("act", "body"), [("ratings", {"score": 1, "resolved": False}), ("withdrawal", None)])
async def test_what_the_reporter_of_the_survivor_decides_a_co_reporter_is_told(
    client: httpx.AsyncClient, committed: Sessions, act: str, body: Any
) -> None:
    survivor, report = await a_pair(client, committed)
    await answered(committed, survivor)

    refused = await client.post(f"{report.path}/{act}", json=body, headers=report.as_reporter)

    assert code_of(refused) == (409, "merged")
    assert "send a reply" in refused.json()["detail"]
    assert (await stored(committed, report)).status is Status.MERGED


async def test_the_deadlines_of_a_secret_survivor_do_not_tell_when_it_was_received(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    survivor, report = await a_pair(client, committed)
    before, since = CLOCK | {"started_at": LATER - DAY}, CLOCK | {"stage": "first_response", "started_at": LATER}
    async with committed.begin() as session:
        for clock in (before, since):
            await session.execute(insert(ClockRow).values(clock | {"report_id": survivor.id}))
    public = (await view_of(client, report))["merged"]
    await moved(committed, survivor, EventType.REPORT_VERIFIED, Status.IN_PROGRESS, at=LATER, secret=True)

    secret = (await view_of(client, report))["merged"]

    assert {one["stage"] for one in public["deadlines"]} == {"resolution", "first_response"}
    assert [one["stage"] for one in secret["deadlines"]] == ["first_response"]
    assert all(one["at"].endswith(":00Z") for one in public["timeline"])
