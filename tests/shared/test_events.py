import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared import events, ids
from shared.database import Sessions
from shared.events import GENESIS, Draft, EventType
from shared.schema import OutboxRow
from tests.factories import NOON, a_registry, a_report

NOTE = Draft(EventType.REPORTER_REPLIED, NOON, "reporter", {"message": "m", "digest": "é|\u2028"})


async def test_the_hash_is_the_same_in_python_and_in_sql(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    head = await events.lock(session, report_id)
    assert head is not None
    await events.append(session, head, NOTE, recorded_at=NOON + timedelta(microseconds=1))

    rows = await session.execute(
        text(
            "SELECT hash, event_hash(previous_hash, id, report_id, seq, type, occurred_at, recorded_at, actor, "
            "data::text) AS again FROM events WHERE report_id = :id ORDER BY seq"
        ),
        {"id": report_id},
    )

    assert [row.hash == row.again for row in rows] == [True, True]


@given(
    occurred=st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    data=st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3),
)
def test_the_hash_is_sha256_of_the_line_after_the_previous_hash(occurred: datetime, data: dict[str, str]) -> None:
    event_id, report_id, content = ids.new_id(), ids.new_id(), events.canonical(data)

    digest = events.event_hash(
        GENESIS, event_id=event_id, report_id=report_id, seq=7, type="report.noted", occurred_at=occurred,
        recorded_at=occurred, actor="a:b", data=content,
    )  # fmt: skip

    micro = int(occurred.timestamp()) * 1_000_000 + occurred.microsecond
    line = f"1|{event_id}|{report_id}|7|report.noted|{micro}|{micro}|a:b|{content}"
    assert digest == hashlib.sha256(GENESIS + line.encode("utf-8", "surrogatepass")).digest()


@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
async def test_the_database_refuses_to_change_or_remove_events(session: AsyncSession, change: str) -> None:
    await a_registry(session)
    await a_report(session)
    statement = {
        "update": "UPDATE events SET actor = 'nobody'",
        "delete": "DELETE FROM events",
        "truncate": "TRUNCATE events",
    }[change]

    with pytest.raises(DBAPIError, match="append-only"):
        await session.execute(text(statement))


async def test_an_event_links_to_the_one_before_and_moves_the_head(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    head = await events.lock(session, report_id)
    assert head is not None

    await events.append(session, head, NOTE, NOTE, recorded_at=NOON)

    stored = await events.history(session, report_id)
    again = await events.lock(session, report_id)
    assert [event.seq for event in stored] == [1, 2, 3]
    assert again == head
    assert (head.seq, head.fact_seq) == (3, 3)


async def test_what_the_monitor_writes_does_not_move_the_last_fact(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    head = await events.lock(session, report_id)
    assert head is not None

    await events.append(
        session, head, Draft(EventType.CLOCK_BREACHED, NOON, "service:sla_monitor", {}), recorded_at=NOON
    )

    assert (head.seq, head.fact_seq) == (2, 1)


async def test_an_event_has_an_outbox_row_for_each_follower(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    await session.execute(delete(OutboxRow))
    head = await events.lock(session, report_id)
    assert head is not None

    await events.append(
        session,
        head,
        NOTE,
        Draft(EventType.REPORT_VERIFIED, NOON, "national_admin:a", {}),
        Draft(EventType.REPORT_NOTED, NOON, "national_admin:a", {}),
        recorded_at=NOON,
    )

    followers = await session.scalars(text("SELECT follower FROM outbox ORDER BY follower"))
    assert list(followers) == ["routing_service", *["sla_monitor"] * 3]


async def test_two_transactions_append_one_after_the_other(sessions: Sessions) -> None:

    async with sessions.begin() as session:
        await a_registry(session)
        report_id = await a_report(session)

    async def append() -> None:
        async with sessions.begin() as session:
            head = await events.lock(session, report_id)
            assert head is not None
            await events.append(session, head, NOTE, recorded_at=NOON)

    await asyncio.gather(*(append() for _ in range(10)))

    async with sessions() as session:
        stored = await events.history(session, report_id)
        assert [event.seq for event in stored] == list(range(1, 12))


@pytest.mark.parametrize("event", list(EventType))
def test_no_service_follows_what_it_wrote_itself(event: EventType) -> None:
    followers = events.FOLLOWERS[event]
    if event.startswith("clock."):
        assert events.MONITOR not in followers
    if event.startswith(("report.", "identity.")) and event is not EventType.REPORT_RECEIVED:
        assert events.ROUTING not in followers
    assert events.INTAKE not in followers


@pytest.mark.parametrize("event", [event for event in EventType if not event.startswith("clock.")])
def test_the_monitor_is_told_of_whatever_raises_the_version_of_a_report(event: EventType) -> None:
    """Its sweep passes over clocks that do not know of the last fact: a note must not stop them."""
    computed_by_the_monitor_itself = {EventType.POLICY_MIGRATED}

    assert (events.MONITOR in events.FOLLOWERS[event]) is (event not in computed_by_the_monitor_itself)
