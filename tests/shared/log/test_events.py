import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared import actors, ids
from shared.actors import is_actor
from shared.database import Sessions
from shared.log import events
from shared.log.events import GENESIS, EventType
from shared.schema import OutboxRow
from tests.factories import NOON, a_registry, a_report, drafted

NOTE = drafted(EventType.REPORTER_REPLIED, NOON, "reporter", {"message": "m", "digest": "é|\u2028"})


async def test_the_hash_is_the_same_in_python_and_in_sql(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    head = await events.lock_head(session, report_id)
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
    line = (
        f"1:236:{event_id}36:{report_id}1:712:report.noted{len(str(micro))}:{micro}{len(str(micro))}:{micro}3:a:b"
        f"{len(content.encode())}:{content}"
    )
    assert digest == hashlib.sha256(GENESIS + line.encode()).digest()


#: What ends a field in some format or other, and what has more bytes than characters.
HOSTILE = ["", "|", "a|b", "\x1f", "-", "1:a", "0:", "3:a:b", "é|\u2028", "👍🏽", "\u200b", "\n", "'; --", "\\x00"]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_fields_hash_alike_in_python_and_in_sql(session: AsyncSession, hostile: str) -> None:
    event_id, report_id, salt = ids.new_id(), ids.new_id(), ids.new_salt()
    values = {"id": event_id, "report_id": report_id, "at": NOON, "text": hostile, "salt": salt, "genesis": GENESIS}
    statement = text(
        "SELECT event_hash(CAST(:genesis AS bytea), CAST(:id AS uuid), CAST(:report_id AS uuid), 3, CAST(:text AS "
        "text), CAST(:at AS timestamptz), CAST(:at AS timestamptz), CAST(:text AS text), CAST(:text AS text)) AS hash,"
        " salted_digest(CAST(:salt AS bytea), CAST(:text AS text), NULL, CAST(:text AS text)) AS digest"
    )

    row = (await session.execute(statement, values)).one()

    assert row.hash == events.event_hash(
        GENESIS, event_id=event_id, report_id=report_id, seq=3, type=hostile, occurred_at=NOON, recorded_at=NOON,
        actor=hostile, data=hostile,
    )  # fmt: skip
    assert row.digest == ids.salted_digest(salt, hostile, None, hostile)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b"), ("a\x1fb",)),
        (("ab", "c"), ("a", "bc")),
        (("a", ""), ("a",)),
        (("a", None), ("a", "")),
        (("1:a",), ("a",)),
        (("-",), (None,)),
        (("é",), ("e\u0301",)),
    ],
)
def test_other_fields_make_another_digest(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> None:
    salt = ids.new_salt()

    assert ids.salted_digest(salt, *one) != ids.salted_digest(salt, *other)
    assert ids.salted_digest(salt, *one) == ids.salted_digest(salt, *one)


def test_a_salt_does_not_run_over_into_the_words() -> None:
    assert ids.salted_digest(b"a", "b") != ids.salted_digest(b"", "ab") != ids.salted_digest(b"ab", "")


@pytest.mark.parametrize(
    "actor", ["", "operator:", "operator:a|b", "operator:a b", "Operator:a", "a:b\n", "a:" + "b" * 201]
)
async def test_an_actor_is_a_role_and_a_plain_sub(session: AsyncSession, actor: str) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    head = await events.lock_head(session, report_id)
    assert head is not None

    with pytest.raises(ValueError, match="an actor is a role"):
        await events.append(session, head, drafted(EventType.REPORT_NOTED, NOON, actor, {}), recorded_at=NOON)


@pytest.mark.parametrize(
    "actor", ["reporter", "service:sla_monitor", "channel:dinas@kaltim.go.id", "operator:" + "b" * 200]
)
def test_actors_as_they_are_are_let_through(actor: str) -> None:
    assert is_actor(actor)


@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
async def test_the_database_refuses_to_change_or_remove_events(session: AsyncSession, change: str) -> None:
    await a_registry(session)
    await a_report(session)
    statement = {
        "update": "UPDATE events SET actor = 'nobody'",
        "delete": "DELETE FROM events",
        "truncate": "TRUNCATE events CASCADE",
    }[change]

    with pytest.raises(DBAPIError, match="append-only"):
        await session.execute(text(statement))


async def test_an_event_links_to_the_one_before_and_moves_the_head(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    head = await events.lock_head(session, report_id)
    assert head is not None

    await events.append(session, head, NOTE, NOTE, recorded_at=NOON)

    stored = await events.history(session, report_id)
    again = await events.lock_head(session, report_id)
    assert [event.seq for event in stored] == [1, 2, 3]
    assert again == head
    assert (head.seq, head.fact_seq) == (3, 3)


async def test_what_the_monitor_writes_does_not_move_the_last_fact(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    head = await events.lock_head(session, report_id)
    assert head is not None

    await events.append(
        session, head, drafted(EventType.CLOCK_BREACHED, NOON, "service:sla_monitor", {}), recorded_at=NOON
    )

    assert (head.seq, head.fact_seq) == (2, 1)


async def test_an_event_has_an_outbox_row_for_each_follower(session: AsyncSession) -> None:
    await a_registry(session)
    report_id = await a_report(session)
    await session.execute(delete(OutboxRow))
    head = await events.lock_head(session, report_id)
    assert head is not None

    await events.append(
        session,
        head,
        NOTE,
        drafted(EventType.REPORT_VERIFIED, NOON, "national_admin:a", {}),
        drafted(EventType.REPORT_NOTED, NOON, "national_admin:a", {}),
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
            head = await events.lock_head(session, report_id)
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
        assert actors.MONITOR not in followers
    if event.startswith(("report.", "identity.")) and event is not EventType.REPORT_RECEIVED:
        assert actors.ROUTING not in followers
    assert actors.INTAKE not in followers


@pytest.mark.parametrize("event", [event for event in EventType if not event.startswith("clock.")])
def test_the_monitor_is_told_of_whatever_raises_the_version_of_a_report(event: EventType) -> None:
    """Its sweep passes over clocks that do not know of the last fact: a note must not stop them."""
    computed_by_the_monitor_itself = {EventType.POLICY_MIGRATED}

    assert (actors.MONITOR in events.FOLLOWERS[event]) is (event not in computed_by_the_monitor_itself)


def test_every_event_says_who_writes_it_also_one_of_a_newer_release() -> None:
    said = {
        type: events.writer_of(type) for type in ("evidence.added", "evidence.released", "slip.made", "clock.moved")
    }

    assert said == {
        "evidence.added": "intake_api", "evidence.released": "routing_service", "slip.made": "intake_api",
        "clock.moved": "sla_monitor",
    }  # fmt: skip
    newer = [events.writer_of(type) for type in ("clock.newer", "reporter.newer", "report.newer")]
    assert newer == ["sla_monitor", "intake_api", "routing_service"]
