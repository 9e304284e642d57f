"""Merges at once with each other and with what reporters do: the locks decide, in one order."""

import asyncio
from uuid import UUID

from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.factories import DAY, NOON
from tests.routing_service.driving import ADMIN, COORDINATOR, Office

ROUNDS = 2


async def broken(busy: Office) -> int:
    """Links of chains that do not hold."""
    found = await busy.scalar(
        "SELECT count(*) FROM events e WHERE hash <> event_hash(previous_hash, id, report_id, seq, type, occurred_at, "
        "recorded_at, actor, data::text) OR previous_hash <> coalesce((SELECT hash FROM events b WHERE "
        "b.report_id = e.report_id AND b.seq = e.seq - 1), decode(repeat('00', 32), 'hex'))"
    )
    return int(found)


async def test_of_two_merges_crosswise_at_once_one_is_refused(busy: Office) -> None:
    for _ in range(ROUNDS):
        one, other = await busy.report(), await busy.report()

        answers = await asyncio.gather(
            busy.act(one, "merge", ADMIN, into=str(other)), busy.act(other, "merge", ADMIN, into=str(one))
        )

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert {await busy.status(one), await busy.status(other)} == {Status.RECEIVED, Status.MERGED}
    assert await broken(busy) == 0


async def test_of_three_merges_in_a_circle_at_once_none_leads_back(busy: Office) -> None:
    for _ in range(ROUNDS):
        reports = [await busy.report() for _ in range(3)]

        await asyncio.gather(
            *(busy.act(one, "merge", ADMIN, into=str(reports[place - 2])) for place, one in enumerate(reports))
        )

        left = [one for one in reports if await busy.status(one) is Status.RECEIVED]
        assert len(left) >= 1
        assert (
            await busy.scalar(
                "SELECT count(*) FROM reports r JOIN reports s ON s.id = r.merged_into WHERE s.merged_into = r.id"
            )
            == 0
        )
    assert await broken(busy) == 0


async def a_pair(busy: Office) -> tuple[UUID, UUID]:
    return await busy.made(Status.ASSIGNED, received_at=NOON - DAY), await busy.made(Status.ASSIGNED)


async def test_a_merge_and_the_withdrawal_of_the_survivor_at_once_never_lose_the_other_report(busy: Office) -> None:
    for _ in range(ROUNDS):
        survivor, report = await a_pair(busy)

        async def withdraw(survivor: UUID = survivor) -> None:
            fact = await busy.record(survivor, EventType.REPORTER_WITHDREW)
            for _ in range(10):  # as the relay does: what was merged at this moment is seen at the next attempt
                if (await busy.deliver(fact))[0]["outcome"] == "done":
                    break

        answer, _ = await asyncio.gather(busy.act(report, "merge", COORDINATOR, into=str(survivor)), withdraw())

        assert answer.status_code in (200, 409)
        assert await busy.status(survivor) is Status.WITHDRAWN
        assert await busy.status(report) is Status.ASSIGNED
    assert await broken(busy) == 0


async def test_a_merge_and_the_withdrawal_of_the_merged_report_at_once_never_lose_the_withdrawal(busy: Office) -> None:
    """Once it is merged its reporter is told so; before, the withdrawal stands."""
    for _ in range(ROUNDS):
        survivor, report = await a_pair(busy)

        async def withdraw(report: UUID = report) -> None:
            await busy.deliver(await busy.record(report, EventType.REPORTER_WITHDREW))

        answer, _ = await asyncio.gather(busy.act(report, "merge", COORDINATOR, into=str(survivor)), withdraw())

        if answer.status_code == 409:
            assert await busy.status(report) is Status.WITHDRAWN
        else:  # the fact came after the merge: intake_api takes none of a merged report
            assert await busy.status(report) is Status.MERGED
            await busy.done(report, "unmerge", COORDINATOR)
            assert await busy.status(report) is Status.WITHDRAWN
    assert await broken(busy) == 0


async def test_of_an_unmerge_and_an_archiving_of_the_survivor_at_once_both_are_told_what_happened(busy: Office) -> None:
    for _ in range(ROUNDS):
        survivor = await busy.made(Status.VERIFIED, received_at=NOON - DAY)
        report = await busy.made(Status.ASSIGNED)
        await busy.done(report, "merge", COORDINATOR, into=str(survivor))

        unmerged, archived = await asyncio.gather(
            busy.act(report, "unmerge", COORDINATOR), busy.act(survivor, "archive", COORDINATOR, reason="too_general")
        )

        assert archived.status_code == 200, archived.text
        assert unmerged.status_code in (200, 409)
        assert (await busy.types(report)).count("report.unmerged") == 1
        assert (await busy.types(survivor)).count("report.parted") == 1
    assert await broken(busy) == 0
