"""What becomes news for a reporter, and whether and when they are told: by the log, at the times that a test gives."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from intake_api.notifications import service
from intake_api.notifications.quiet import QuietHours
from shared import ids
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log import events
from shared.log.events import EventType
from shared.schema import Clock as StoredClock
from shared.schema import Webhook
from tests.factories import NOON, a_registry, drafted
from tests.intake_api.helpers import Submitted, merged, moved
from tests.intake_api.newsroom import do, log_is_quiet, post, reported, rows

E, S = EventType, Status
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MAIL = "smtp://nowhere"


@pytest.fixture
async def registry(sessions: Sessions) -> Sessions:
    async with sessions.begin() as session:
        await a_registry(session)
    return sessions


async def gathered(sessions: Sessions, url: str = MAIL, *, wait: bool = True) -> list[tuple[Any, ...]]:
    """Kind, state, channel and reason of all news, in order."""
    if wait:
        await log_is_quiet(sessions)
    await service.gather_news(sessions, post(url), now=NOON)
    found = await rows(sessions, "SELECT n.kind, n.state, n.channel, n.reason FROM reporter_notifications n"
                       " JOIN events e ON e.id = n.event_id ORDER BY e.recorded_at, e.seq, n.kind")  # fmt: skip
    return [tuple(row) for row in found]


async def fact(sessions: Sessions, report: Submitted, type: EventType, at: datetime = NOON, **data: Any) -> None:
    async with sessions.begin() as session:
        head = await events.lock_head(session, report.id)
        assert head is not None
        await events.append(session, head, drafted(type, at, "service:sla_monitor", data), recorded_at=at)


async def test_each_step_that_a_reporter_hears_of_is_news_once(registry: Sessions) -> None:
    report = await reported(registry)
    for number, (type, to) in enumerate((
        (E.REPORT_VERIFIED, S.VERIFIED), (E.REPORT_FORWARDED, S.VERIFIED), (E.REPORT_RETURNED, S.VERIFIED),
        (E.REPORT_ASSIGNED, S.ASSIGNED), (E.REPORT_NOTED, S.ASSIGNED), (E.REPORT_HELD, S.AWAITING_REPORTER),
        (E.REPORT_RESUMED, S.ASSIGNED), (E.REPORT_RESPONDED, S.IN_PROGRESS), (E.REPORT_ANSWERED, S.ANSWERED),
        (E.REPORT_CLOSED, S.CLOSED),
    )):  # fmt: skip
        await moved(registry, report, type, to, at=NOON + number * MINUTE)
    await fact(registry, report, E.IDENTITY_VIEWED, NOON + HOUR)

    kinds = [kind for kind, *_ in await gathered(registry)]
    again = [kind for kind, *_ in await gathered(registry)]

    assert kinds == again == [
        "received", "verified", "passed_on", "passed_on", "question", "answered", "answered", "closed",
        "identity_viewed",
    ]  # fmt: skip


@pytest.mark.parametrize("type", [E.EVIDENCE_REFUSED, E.EVIDENCE_QUARANTINED])
async def test_a_file_that_was_not_taken_is_news_for_the_reporter_who_sent_it_alone(
    registry: Sessions, type: EventType
) -> None:
    report = await reported(registry)
    added = (
        "INSERT INTO evidence (id, report_id, media_type, size, added_by, added_at)"
        " VALUES (:id, :report, 'image/jpeg', 1, :by, now())"
    )
    for by in ("reporter", "reporter:mobile-app", "liaison_officer:sari"):
        evidence = ids.new_id()
        await do(registry, added, id=evidence, report=report.id, by=by)
        await fact(registry, report, type, evidence=str(evidence), reason="damaged")

    assert [kind for kind, *_ in await gathered(registry)] == ["received", *["evidence_refused"] * 2]


async def test_a_delay_is_news_where_somebody_is_told_of_it_and_a_request_for_consent_is_one(
    registry: Sessions,
) -> None:
    report = await reported(registry)
    step: dict[str, Any] = {"stage": "resolution", "opened_seq": 1, "step": 3, "level": 2}
    await fact(registry, report, E.CLOCK_BREACHED, notify=True, recipients=["liaison_officers"], **step)
    await fact(registry, report, E.CLOCK_ESCALATED, notify=True, recipients=["coordinator"], **step)
    await fact(registry, report, E.CLOCK_ESCALATED, notify=False, recipients=["inspectorate"], **step)
    await fact(registry, report, E.CLOCK_ESCALATED, notify=True, recipients=["reporter"], **step)

    assert [kind for kind, *_ in await gathered(registry)] == ["received", "escalated", "consent_asked"]


@pytest.mark.parametrize(
    ("contact", "columns", "expected"),
    [
        ({}, {}, ("pending", "email", None)),
        ({"email": None, "phone": "0812"}, {"channel": "sms"}, ("not_told", "sms", "no_channel")),
        ({"email": None, "phone": "0812"}, {"channel": "whatsapp"}, ("not_told", "whatsapp", "no_channel")),
        ({"email": None}, {"channel": "sms"}, ("not_told", "sms", "no_contact")),
        ({"email": None, "phone": "0812"}, {"channel": "app"}, ("not_told", None, "no_contact")),
        ({}, {"anonymous": True}, ("not_told", None, "anonymous")),
        ({"email": None}, {"anonymous": True}, ("not_told", None, "anonymous")),
        ({}, {"secret": True}, ("pending", "email", None)),
    ],
)
async def test_whether_somebody_can_be_told_and_by_what(
    registry: Sessions, contact: dict[str, Any], columns: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    await reported(registry, **contact, **columns)

    assert await gathered(registry) == [("received", *expected)]


async def test_nothing_is_news_of_an_import_or_of_what_was_erased(registry: Sessions) -> None:
    await reported(registry, imported=True)
    await reported(registry, salt=b"")

    assert await gathered(registry) == []


async def test_without_a_mail_server_the_row_says_so(registry: Sessions) -> None:
    await reported(registry)

    assert await gathered(registry, "") == [("received", "not_told", "email", "no_channel")]


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("none", ("not_told", None, "declined")),
        ("email", ("pending", "email", None)),
        ("sms", ("not_told", "sms", "no_contact")),
        ("webhook", ("not_told", "webhook", "no_channel")),
        (None, ("pending", "email", None)),
    ],
)
async def test_what_a_reporter_chose_counts(registry: Sessions, channel: str | None, expected: tuple[Any, ...]) -> None:
    report = await reported(registry)
    await do(registry, "INSERT INTO news_choices (report_id, channel, changed_at) VALUES (:id, :channel, now())",
             id=report.id, channel=channel)  # fmt: skip

    assert await gathered(registry) == [("received", *expected)]


async def test_the_reporter_of_a_merged_report_hears_of_the_one_that_is_worked_on(registry: Sessions) -> None:
    older, later = await reported(registry), await reported(registry, "budi@warga.example")
    await moved(registry, older, E.REPORT_ASSIGNED, S.ASSIGNED, at=NOON)
    await merged(registry, later, older, at=NOON + MINUTE)
    await moved(registry, older, E.REPORT_HELD, S.AWAITING_REPORTER, at=NOON + 2 * MINUTE)
    await moved(registry, older, E.REPORT_ANSWERED, S.ANSWERED, at=NOON + 3 * MINUTE)
    await gathered(registry)

    heard = await rows(registry, "SELECT kind FROM reporter_notifications n JOIN events e ON e.id = n.event_id"
                       " WHERE n.report_id = :id ORDER BY e.recorded_at", id=later.id)  # fmt: skip

    assert [row.kind for row in heard] == ["received", "merged", "answered"]


async def test_copies_that_read_at_once_make_each_news_once(registry: Sessions) -> None:
    for _ in range(7):
        await reported(registry)

    await log_is_quiet(registry)
    await asyncio.gather(*(service.gather_news(registry, post(MAIL), now=NOON, batch=2) for _ in range(4)))
    await service.gather_news(registry, post(MAIL), now=NOON, batch=2)

    assert len(await rows(registry)) == 7


async def test_an_event_that_commits_late_is_not_passed_over(registry: Sessions) -> None:
    slow = await reported(registry)
    async with registry.begin() as session:
        head = await events.lock_head(session, slow.id)
        assert head is not None
        await events.append(session, head, drafted(E.IDENTITY_VIEWED, NOON, "a:b", {}), recorded_at=NOON)
        await reported(registry)
        before = await gathered(registry, wait=False)
    after = await gathered(registry)

    assert len(before) <= 1
    assert sorted(kind for kind, *_ in after) == ["identity_viewed", "received", "received"]


async def test_read_but_not_committed_it_is_read_again(registry: Sessions) -> None:
    """The position moves with the rows, or not at all."""
    await reported(registry)
    await do(registry, "ALTER TABLE news_position ADD CHECK (event_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff')")

    await log_is_quiet(registry)
    with pytest.raises(Exception, match="news_position"):
        await service.gather_news(registry, post(MAIL), now=NOON)
    assert await rows(registry) == []

    await do(registry, "ALTER TABLE news_position DROP CONSTRAINT news_position_event_id_check")
    assert len(await gathered(registry)) == 1


async def test_a_log_that_was_restored_into_another_server_waits_and_loses_nothing(registry: Sessions) -> None:
    await reported(registry)
    await log_is_quiet(registry)
    here = (await rows(registry, "SELECT transaction_id FROM news_position"))[0].transaction_id
    await do(registry, "UPDATE news_position SET transaction_id = 9000000000")

    await service.gather_news(registry, post(MAIL), now=NOON)
    assert await rows(registry) == []

    await do(registry, "UPDATE news_position SET transaction_id = :here", here=here)  # as once it has caught up
    assert len(await gathered(registry)) == 1


async def a_clock(sessions: Sessions, report: Submitted, due_at: datetime, **changes: Any) -> None:
    values = {
        "report_id": report.id, "stage": "reporter_reply", "opened_seq": 1, "round": 1, "agency_code": None,
        "started_at": NOON, "due_at": due_at, "due_on": None, "days": 10, "stopped_at": None, "state": "running",
        "outcome": "pending", "on_due": "close", "policy_code": "ID-SP4N-2018", "calendar_id": 1,
        "time_zone": "Asia/Makassar", "imported": False, "opened_recorded_at": NOON, "computed_seq": 1,
        "step_code": [], "step_at": [], "step_level": [], "step_kind": [], "step_recipients": [],
    } | changes  # fmt: skip
    async with sessions.begin() as session:
        await session.execute(insert(StoredClock).values(values))


@pytest.mark.parametrize(
    ("due_in", "changes", "found"),
    [
        (72 * HOUR, {}, 1),
        (72 * HOUR + MINUTE, {}, 0),
        (timedelta(0), {}, 0),
        (HOUR, {"on_due": "archive"}, 1),
        (HOUR, {"on_due": "resume"}, 0),
        (HOUR, {"on_due": "escalate"}, 0),
        (HOUR, {"state": "stopped"}, 0),
        (HOUR, {"imported": True}, 0),
    ],
)
async def test_a_report_that_silence_ends_is_news_three_days_before(
    registry: Sessions, due_in: timedelta, changes: dict[str, Any], found: int
) -> None:
    report = await reported(registry)
    await a_clock(registry, report, NOON + due_in, **changes)

    assert await service.find_closing(registry, post(MAIL), now=NOON) == found
    assert await service.find_closing(registry, post(MAIL), now=NOON) == 0


@pytest.mark.parametrize(
    ("zone", "now", "over"),
    [
        ("Asia/Makassar", "2026-03-02T12:59Z", None),
        ("Asia/Makassar", "2026-03-02T13:00Z", "2026-03-02T22:00Z"),
        ("Asia/Makassar", "2026-03-02T21:59Z", "2026-03-02T22:00Z"),
        ("Asia/Makassar", "2026-03-02T22:00Z", None),
        ("Asia/Jakarta", "2026-03-02T13:00Z", None),
        ("Asia/Jakarta", "2026-03-02T14:00Z", "2026-03-02T23:00Z"),
        ("Asia/Jayapura", "2026-03-02T16:00Z", "2026-03-02T21:00Z"),
    ],
)
def test_nights_are_quiet_where_the_report_is(zone: str, now: str, over: str | None) -> None:
    found = QuietHours.of("21:00-06:00").over_at(datetime.fromisoformat(now), zone)

    assert found == (None if over is None else datetime.fromisoformat(over))


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = datetime.fromisoformat("2026-03-02T12:00+07:00")

    assert QuietHours.of("12:00-13:00").over_at(noon, "Asia/Jakarta") == noon + HOUR
    assert QuietHours.of("").over_at(noon, "Asia/Jakarta") is None


@pytest.mark.parametrize(
    ("changes", "columns", "expected"),
    [
        ({}, {}, ("told", "webhook", None)),
        ({}, {"anonymous": True}, ("told", "webhook", None)),
        ({"types": ["report.received", "report.closed"]}, {}, ("told", "webhook", None)),
        ({"types": ["report.closed"]}, {}, ("pending", "email", None)),
        ({"state": "paused"}, {}, ("pending", "email", None)),
        ({"about": "agency"}, {}, ("pending", "email", None)),
        ({"role": "channel"}, {}, ("pending", "email", None)),
        ({"owner": "another-app"}, {}, ("pending", "email", None)),
    ],
)
async def test_an_app_that_subscribed_to_it_tells_its_own_users(
    registry: Sessions, changes: dict[str, Any], columns: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    await a_webhook(registry, **changes)
    await reported(registry, **columns)

    assert await gathered(registry) == [("received", *expected)]


async def test_what_no_app_is_told_of_comes_by_mail(registry: Sessions) -> None:
    await a_webhook(registry)
    report = await reported(registry)
    step: dict[str, Any] = {"stage": "resolution", "opened_seq": 1, "step": 3, "level": 2}
    await fact(registry, report, E.CLOCK_ESCALATED, notify=True, recipients=["coordinator"], **step)

    assert await gathered(registry) == [("received", "told", "webhook", None), ("escalated", "pending", "email", None)]


async def a_webhook(sessions: Sessions, **changes: Any) -> None:
    values = {
        "id": ids.new_id(), "owner": "mobile-app", "role": "reporter_app", "agency_code": None, "scopes": [],
        "name": "News", "url": "https://app.example/hook", "about": "brought", "types": None, "state": "active",
        "since_transaction_id": 0, "created_at": NOON, "changed_at": NOON,
    }  # fmt: skip
    async with sessions.begin() as session:
        await session.execute(insert(Webhook).values(values | changes))
