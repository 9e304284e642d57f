"""What the reporter and the public read of a response that was put right, and of an archiving."""

from datetime import timedelta

import httpx
from sqlalchemy import select, update

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.log.events import EventType
from shared.schema import Message
from tests.factories import DAY, NOON
from tests.intake_api.helpers import Clock, Submitted, assigned, merged, moved, submitted
from tests.intake_api.test_supports import a_public_report, an_account, support


async def put_right(committed: Sessions, report: Submitted) -> None:
    """A final response of noon, and another a day later that names it."""
    final = MessageKind.FINAL_RESPONSE
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Pukul sembilan.", kind=final)
    async with committed() as session:
        wrong = (await session.scalars(select(Message.id).where(Message.report_id == report.id))).one()
    await moved(
        committed, report, EventType.REPORT_RESPONDED, Status.ANSWERED, at=NOON + DAY, said="Pukul delapan.",
        kind=final, data={"from": "answered", "corrects": str(wrong)},
    )  # fmt: skip
    async with committed.begin() as session:
        later = update(Message).where(Message.report_id == report.id, Message.id != wrong)
        await session.execute(later.values(corrects=wrong))


async def test_both_responses_stay_and_each_says_what_it_is_to_the_other(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await put_right(committed, report)

    public = (await client.get(report.path)).json()["responses"]
    own = (await client.get(report.path, headers=report.as_reporter)).json()

    for one in (public, own["messages"]):
        assert [(each["text"], each["corrected"], each["corrects"]) for each in one] == [
            ("Pukul sembilan.", True, None),
            ("Pukul delapan.", False, "2026-03-02T04:00:00Z"),
        ]
    assert [entry["label"] for entry in own["timeline"]][-2:] == ["Jawaban akhir diberikan", "Jawaban diperbaiki"]


async def test_strangers_learn_the_minute_of_the_response_that_was_put_right_as_of_every_other(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await put_right(committed, report)
    async with committed.begin() as session:
        mine = update(Message).where(Message.report_id == report.id, Message.corrects.is_(None))
        await session.execute(mine.values(created_at=NOON + timedelta(seconds=14, microseconds=179_615)))

    first, second = (await client.get(report.path)).json()["responses"]

    assert second["corrects"] == first["at"] == "2026-03-02T04:00:00Z"


async def test_a_rating_of_the_wrong_response_does_not_use_up_that_of_the_right_one(
    client: httpx.AsyncClient, committed: Sessions, now: Clock
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED)
    good = {"score": 5, "resolved": True}
    await client.post(f"{report.path}/ratings", json=good, headers=report.as_reporter)
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.ANSWERED, data={"from": "answered"})

    again = await client.post(f"{report.path}/ratings", json=good, headers=report.as_reporter)

    assert again.status_code == 200, again.text


async def test_a_reply_that_is_on_its_way_still_is_after_a_response_was_put_right(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED)
    await client.post(f"{report.path}/replies", json={"body": "Belum."}, headers=report.as_reporter)
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.ANSWERED, data={"from": "answered"})

    refused = await client.post(
        f"{report.path}/ratings", json={"score": 5, "resolved": True}, headers=report.as_reporter
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "still_pending")


async def test_the_reporter_reads_why_a_report_was_archived(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    await moved(
        committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED, said="Sebutkan jalannya.",
        kind=MessageKind.EXPLANATION, data={"reason": "too_general", "cause": "officer"},
    )  # fmt: skip

    own = (await client.get(report.path, headers=report.as_reporter)).json()
    public = await client.get(report.path)

    last = own["timeline"][-1]
    assert (last["reason"], last["text"]) == ("Terlalu umum", "Sebutkan jalannya.")
    assert own["messages"][-1]["kind"] == "explanation"
    assert "Sebutkan" not in public.text


async def test_supporters_of_a_merged_report_count_at_its_survivor_each_person_once(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    reports = [await a_public_report(client, committed) for _ in range(3)]
    first, second, third = reports
    both = an_account()
    for report in reports:
        await support(client, report, both)
        await support(client, report, an_account())
    await merged(committed, third, second)
    assert (await client.get(second.path)).json()["supports"] == 3

    await merged(committed, second, first)

    assert (await client.get(first.path)).json()["supports"] == 4
    listed = (await client.get("/v1/reports", params={"limit": 200})).json()["items"]
    assert next(one["supports"] for one in listed if one["tracking_number"] == first.number) == 4
