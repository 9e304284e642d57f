"""Those who work on a report see whether its reporter was told, and why not; and never by which address."""

from uuid import UUID

from sqlalchemy import text

from shared.domain.lifecycle import Status
from tests.routing_service.driving import ADMIN, OFFICER, OTHER_OFFICER, Office


async def told(office: Office, report: UUID, **columns: str | None) -> None:
    given = {"state": "told", "channel": "email", "reason": None} | columns
    async with office.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO reporter_notifications (id, report_id, event_id, kind, state, channel, reason,"
                " next_attempt_at, created_at, settled_at) SELECT new_event_id(), report_id, id, 'received',"
                " CAST(:state AS varchar), :channel, :reason, :at, :at,"
                " CASE WHEN CAST(:state AS varchar) = 'pending' THEN NULL ELSE CAST(:at AS timestamptz) END"
                " FROM events WHERE report_id = :report AND seq = 1"
            ),
            given | {"report": report, "at": office.clock.now},
        )


async def test_an_officer_sees_whether_the_reporter_was_told_and_why_not(office: Office) -> None:
    heard, unheard = await office.made(Status.ASSIGNED), await office.made(Status.ASSIGNED)
    await told(office, heard)
    await told(office, unheard, state="not_told", channel=None, reason="anonymous")

    seen = [(await office.get(f"/v1/reports/{one}", OFFICER))["events"] for one in (heard, unheard)]
    pages = [(await office.get(f"/v1/reports/{one}/events", ADMIN))["items"] for one in (heard, unheard)]

    for first in (seen[0][0], pages[0][-1]):
        (one,) = first["told"]
        assert (one["kind"], one["state"], one["channel"], one["reason"]) == ("received", "told", "email", None)
    for first in (seen[1][0], pages[1][-1]):
        (one,) = first["told"]
        assert (one["state"], one["channel"], one["reason"]) == ("not_told", None, "anonymous")
    assert all(event["told"] == [] for event in seen[0][1:])


async def test_who_does_not_work_on_it_sees_nothing_of_it(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await told(office, report)

    assert (await office.get(f"/v1/reports/{report}", OTHER_OFFICER))["events"] == []
