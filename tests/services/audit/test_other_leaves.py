"""The registry's log and the log of a report's supports, rewritten with the triggers off: others kept the ends."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.supports.queries import give_support
from services.audit import verify
from shared.database import Sessions
from shared.log.events import GENESIS
from shared.log.registry_log import registry_hash
from shared.log.support_log import entry_hash
from shared.schema import Report
from tests.factories import NOON, a_registry
from tests.services.audit.test_log import Town, said
from tests.sla_monitor.proof.logs import HOUR, a_log, grown, reports, scalar


class BusyTown(Town):
    """A report that two people support, and an agency that was renamed, under two checkpoints that somebody kept."""

    async def live(self) -> None:
        async with self.sessions.begin() as session:
            await a_registry(session)
        self.known = await reports(self.sessions, 2)
        log = a_log(self.sessions, self.folder / "ours")
        assert await grown(log, now=NOON) == 3  # two chains, and the registry
        await self.keep()
        async with self.sessions.begin() as session:
            report = await session.get_one(Report, self.known[0])
            for number in (1, 2):
                await give_support(session, report, [bytes([number]) * 32], at=NOON + timedelta(minutes=number))
            await session.execute(text("UPDATE agencies SET name = 'Dinas Lain' WHERE code = 'SAMARINDA-PU'"))
        assert await grown(log, now=NOON + HOUR) == 2
        await self.keep()

    async def found(self) -> list[str]:
        """By what others kept; the walk along the logs finds nothing."""
        findings = await self.audited()
        assert [one.what for one in findings.breaks] == []
        by_hand = "it was changed by hand, by the account"
        assert [one.what for one in findings.registry_breaks if not one.what.startswith(by_hand)] == []
        return said(findings)


@pytest.fixture
async def town(sessions: Sessions, own_engine: AsyncEngine, own_database_url: str, tmp_path: Path) -> BusyTown:
    town = BusyTown(sessions, own_engine, tmp_path, own_database_url)
    await town.live()
    return town


async def test_where_nobody_changed_anything_nothing_is_found(town: BusyTown) -> None:
    assert await town.found() == []
    assert (await town.audited()).log_leaves == 5
    async with town.sessions.begin() as session:
        await session.execute(text("UPDATE agencies SET name = 'Dinas Baru' WHERE code = 'SAMARINDA-PU'"))
    assert await town.found() == []
    assert await grown(a_log(town.sessions, town.folder / "ours"), now=NOON + 2 * HOUR) == 1
    assert await grown(a_log(town.sessions, town.folder / "ours"), now=NOON + 3 * HOUR) == 0
    await town.keep()
    assert await town.found() == []


async def cut_the_registry(town: BusyTown) -> None:
    """The change is undone, and nothing says that it ever was."""
    await town.by_hand(
        "UPDATE agencies SET name = (SELECT data->'before'->>'name' FROM registry_events ORDER BY seq DESC LIMIT 1)"
        " WHERE code = 'SAMARINDA-PU'",
        "DELETE FROM registry_events WHERE seq = (SELECT max(seq) FROM registry_events)",
    )


async def hash_the_registry_anew(town: BusyTown) -> None:
    """As if somebody else had done it all."""
    async with town.sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        previous = GENESIS
        for row in await session.execute(text("SELECT *, data::text AS said FROM registry_events ORDER BY seq")):
            hashed = registry_hash(
                previous, seq=row.seq, event_id=row.id, subject=row.subject, key=row.key, actor="operator:other",
                recorded_at=row.recorded_at, data=row.said,
            )  # fmt: skip
            await session.execute(
                text(
                    "UPDATE registry_events SET actor = 'operator:other', previous_hash = :previous, hash = :hash"
                    " WHERE seq = :seq"
                ),
                {"previous": previous, "hash": hashed, "seq": row.seq},
            )
            previous = hashed


async def cut_the_supports(town: BusyTown) -> None:
    await town.by_hand(
        "DELETE FROM support_log WHERE report_id = :first AND seq = 2",
        "DELETE FROM report_supports WHERE report_id = :first AND supporter_hash = decode(repeat('02', 32), 'hex')",
        "UPDATE support_chains c SET seq = 1, supports = 1, hash = l.hash FROM support_log l"
        " WHERE c.report_id = :first AND l.report_id = :first",
    )


async def hash_the_supports_anew(town: BusyTown) -> None:
    """As if everybody had supported it an hour earlier."""
    async with town.sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        previous = GENESIS
        given = {"id": town.known[0]}
        rows = await session.execute(text("SELECT * FROM support_log WHERE report_id = :id ORDER BY seq"), given)
        for row in rows:
            at = row.recorded_at - HOUR
            hashed = entry_hash(
                previous, report_id=row.report_id, seq=row.seq, kind=row.kind, supporter=row.supporter, recorded_at=at
            )
            await session.execute(
                text(
                    "UPDATE support_log SET recorded_at = :at, previous_hash = :previous, hash = :hash"
                    " WHERE report_id = :id AND seq = :seq"
                ),
                given | {"at": at, "previous": previous, "hash": hashed, "seq": row.seq},
            )
            previous = hashed
        await session.execute(text("UPDATE support_chains SET hash = :hash"), {"hash": previous})
        await session.execute(text("UPDATE report_supports SET supported_at = supported_at - interval '1 hour'"))


async def forget_whose_supports_they_were(town: BusyTown) -> None:
    await town.by_hand("DELETE FROM logged_supports WHERE report_id = :first")


async def open_a_commitment_of_supports_otherwise(town: BusyTown) -> None:
    await town.by_hand("UPDATE logged_supports SET report_id = gen_random_uuid() WHERE report_id = :first")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (cut_the_registry, "the registry's log was cut or restored: {} changes were published, there are {}"),
        (hash_the_registry_anew, "the registry's log was hashed anew: change"),
        (cut_the_supports, "the log of its supports was cut or restored: 2 entries were published, there are 1"),
        (hash_the_supports_anew, "the log of its supports was hashed anew: entry 2 is not the one"),
        (forget_whose_supports_they_were, "it is of 2 entries about supports, and nothing says any more of which"),
        (open_a_commitment_of_supports_otherwise, "what opens the commitment of its supports was changed"),
    ],
)
async def test_what_was_rewritten_is_named(
    town: BusyTown, change: Callable[[BusyTown], Awaitable[None]], sentence: str
) -> None:
    published = await scalar(town.sessions, "SELECT max(seq) FROM registry_events")

    await change(town)

    (what,) = await town.found()
    assert sentence.format(published, published - 1) in what
    if "the log of its supports" in what:
        (found,) = (await town.audited()).log_breaks
        assert found.report_id == town.known[0]


async def test_without_a_copy_the_log_of_the_database_finds_what_its_owner_forgot(town: BusyTown) -> None:
    await cut_the_registry(town)

    assert ["the registry's log was cut" in what for what in said(await verify(town.engine))] == [True]
