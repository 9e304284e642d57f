"""Whoever owns the database rewrites what happened, with the triggers off: others have kept the log, and find it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services import keeping
from services.audit import verify
from services.audit.log import Kept
from services.audit.walk import Findings
from services.keeping import Copy
from services.trouble import CannotRun
from shared.database import Sessions
from shared.log.events import GENESIS, event_hash
from shared.settings import MonitorSettings
from sla_monitor.app import create_app
from tests.factories import NOON, settings
from tests.sla_monitor.proof.logs import (
    HOUR,
    ORIGIN,
    a_log,
    by_hand,
    grown,
    reports,
    scalar,
    verifier_keys,
    went_on,
)

LOG_TABLES = ("cosignatures", "checkpoints", "log_tiles", "log_bundles", "logged_chains")


class Town:
    """Three reports under two checkpoints, which somebody else has kept."""

    def __init__(self, sessions: Sessions, engine: AsyncEngine, folder: Path, url: str) -> None:
        self.sessions, self.engine, self.folder, self.url = sessions, engine, folder, url
        self.known: list[UUID] = []

    async def live(self) -> None:
        self.known = await reports(self.sessions, 3)
        log = a_log(self.sessions, self.folder / "ours")
        await grown(log, now=NOON)
        for _ in range(3):
            await went_on(self.sessions, self.known[0])
        await went_on(self.sessions, self.known[1])
        await self.keep()
        await grown(log, now=NOON + HOUR)
        await self.keep()

    async def keep(self) -> Any:
        """As anybody does, over HTTP."""
        app = create_app(settings(self.url, MonitorSettings, log_origin=ORIGIN, home=self.folder / "ours"))
        transport = httpx.ASGITransport(app)
        try:
            return await keeping.keep(self.folder / "kept", "http://sla/v1/log", verifier_keys(), transport=transport)
        finally:
            await app.state.engine.dispose()
            await app.state.jobs_engine.dispose()

    async def by_hand(self, *statements: str) -> None:
        await by_hand(self.sessions, *statements, **{"first": self.known[0]} if ":first" in str(statements) else {})

    async def audited(self, *, tiles: bool = True) -> Findings:
        kept = Kept.read(Copy(self.folder / "kept"), verifier_keys())
        return await verify(self.engine, kept=kept if tiles else Kept(kept.checkpoints, []))

    async def number(self) -> str:
        return str(await scalar(self.sessions, "SELECT tracking_number FROM reports WHERE id = :id", id=self.known[0]))

    async def hash_anew(self, report_id: UUID) -> None:
        """As if the last thing said had been another: every hash of the chain is right again."""
        async with self.sessions.begin() as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            rows = await session.execute(
                text("SELECT *, data::text AS said FROM events WHERE report_id = :id ORDER BY seq"), {"id": report_id}
            )
            previous = GENESIS
            for row in rows:
                occurred = row.occurred_at - HOUR
                hashed = event_hash(
                    previous, event_id=row.id, report_id=row.report_id, seq=row.seq, type=row.type,
                    occurred_at=occurred, recorded_at=row.recorded_at, actor=row.actor, data=row.said,
                )  # fmt: skip
                await session.execute(
                    text("UPDATE events SET occurred_at = :at, previous_hash = :previous, hash = :hash WHERE id = :id"),
                    {"at": occurred, "previous": previous, "hash": hashed, "id": row.id},
                )
                previous = hashed
            await session.execute(
                text("UPDATE chains SET hash = :hash WHERE report_id = :id"), {"hash": previous, "id": report_id}
            )
            await session.execute(
                text("UPDATE reports SET received_at = received_at - interval '1 hour' WHERE id = :id"),
                {"id": report_id},
            )


@pytest.fixture
async def town(sessions: Sessions, own_engine: AsyncEngine, own_database_url: str, tmp_path: Path) -> Town:
    town = Town(sessions, own_engine, tmp_path, own_database_url)
    await town.live()
    return town


def said(findings: Findings) -> list[str]:
    return [found.what for found in findings.log_breaks]


async def test_nothing_is_found_where_nobody_changed_anything(town: Town) -> None:
    findings = await town.audited()

    assert (findings.log_leaves, said(findings)) == (5, [])
    await went_on(town.sessions, town.known[2])  # what came after the last checkpoint is in none
    assert said(await town.audited()) == []
    assert said(await verify(town.engine)) == []


Change = Callable[[Town], Awaitable[None]]


async def change_an_event(town: Town) -> None:
    await town.by_hand("UPDATE events SET actor = 'reporter:b' WHERE report_id = :first AND seq = 2")


async def delete_an_event(town: Town) -> None:
    await town.by_hand("DELETE FROM events WHERE report_id = :first AND seq = 2")


async def cut_the_end(town: Town) -> None:
    """And set the head of the chain back, so that the chain itself is whole."""
    await town.by_hand(
        "DELETE FROM events WHERE report_id = :first AND seq > 2",
        "UPDATE chains SET seq = 2, fact_seq = 2, hash = (SELECT hash FROM events WHERE report_id = :first AND seq = 2)"
        " WHERE report_id = :first",
    )


async def delete_a_report(town: Town) -> None:
    tables = ("events", "chains")
    await town.by_hand("DELETE FROM outbox WHERE event_id IN (SELECT id FROM events WHERE report_id = :first)")
    await town.by_hand(*(f"DELETE FROM {table} WHERE report_id = :first" for table in tables))
    await town.by_hand("DELETE FROM reports WHERE id = :first")


async def delete_a_report_with_all_its_rows(town: Town) -> None:
    await delete_a_report(town)
    await town.by_hand("DELETE FROM logged_chains WHERE report_id = :first")


async def hash_a_chain_anew(town: Town) -> None:
    await town.hash_anew(town.known[0])


async def hash_all_chains_anew_and_build_a_new_log(town: Town) -> None:
    for report_id in town.known:
        await town.hash_anew(report_id)
    await town.by_hand(*(f"DELETE FROM {table}" for table in LOG_TABLES))
    await grown(a_log(town.sessions, town.folder / "new"), now=NOON + HOUR)


async def move_a_commitment_to_another_report(town: Town) -> None:
    await town.by_hand("UPDATE logged_chains SET tracking_number = '1234567897' WHERE report_id = :first")


FOUND: dict[str, tuple[Change, str]] = {
    "an event changed": (change_an_event, "hash is not that of its content"),
    "an event deleted": (delete_an_event, "event 2 is missing"),
    "the end of a chain cut": (cut_the_end, "4 events were published, there are 2"),
    "a report deleted": (delete_a_report, "the report was deleted"),
    "a chain hashed anew": (hash_a_chain_anew, "its chain was hashed anew: event"),
    "what opens a commitment": (move_a_commitment_to_another_report, "what opens its commitment was changed"),
}


@pytest.mark.parametrize("what", FOUND)
async def test_what_was_rewritten_is_found_and_the_report_is_named(town: Town, what: str) -> None:
    number = await town.number()
    change, sentence = FOUND[what]

    await change(town)
    findings = await town.audited()

    assert not findings.whole
    named = [(one.report_id, one.tracking_number) for one in findings.log_breaks]
    if "event" in what:  # the walk along the chains says it
        (found,) = [one for one in findings.breaks if one.report_id == town.known[0]]
        assert (found.tracking_number, sentence in found.what) == (number, True)
    else:
        assert [one[0] for one in named] == [town.known[0]]
        assert sentence in said(findings)[0]
        if what != "what opens a commitment":
            assert named[0][1] == number


async def test_a_chain_that_was_hashed_anew_is_whole_without_the_log(town: Town) -> None:
    """So that nobody believes that the walk alone would find it."""
    await hash_a_chain_anew(town)

    assert [one.what for one in (await town.audited()).breaks if "hash" in one.what] == []


async def test_a_report_that_is_gone_with_all_its_rows_is_missed_by_its_leaves(town: Town) -> None:
    await delete_a_report_with_all_its_rows(town)

    findings = await town.audited()

    assert ["the report was deleted with all its rows" in what for what in said(findings)] == [True]
    (found,) = findings.log_breaks
    assert (found.report_id, found.index is not None) == (None, True)


@pytest.mark.parametrize("tiles", [True, False])
async def test_all_chains_hashed_anew_under_a_new_log_are_found(town: Town, tiles: bool) -> None:
    await hash_all_chains_anew_and_build_a_new_log(town)

    findings = await town.audited(tiles=tiles)

    assert any("it was built anew" in what for what in said(findings))
    if tiles:  # with new salts nothing says whose the leaves are, but that they are missed
        assert len([one for one in findings.log_breaks if one.index is not None]) == 3
    assert said(await verify(town.engine)) == []  # the database's own log has become a consistent lie


async def test_an_old_backup_is_found_and_names_what_was_lost(town: Town) -> None:
    number = await town.number()
    await cut_the_end(town)
    await town.by_hand(
        "DELETE FROM checkpoints WHERE size > 3",
        "UPDATE logged_chains SET seq = 2 WHERE report_id = :first",
        "UPDATE log_tiles SET content = substr(content, 1, 96)",
        "UPDATE log_bundles SET content = substr(content, 1, 3 * 109)",
    )

    findings = await town.audited()

    assert "restored from a backup" in said(findings)[0]
    assert (town.known[0], number) in [(one.report_id, one.tracking_number) for one in findings.log_breaks]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE log_bundles SET content = substr(content, 1, 300)", "entries of the log below"),
        ("DELETE FROM log_bundles", "entries of the log below"),
        ("UPDATE checkpoints SET root = sha256(root)", "it was built anew or changed"),
        ("DELETE FROM checkpoints", "restored from a backup, or the log was built anew"),
    ],
)
async def test_a_log_that_was_changed_is_named(town: Town, statement: str, sentence: str) -> None:
    await town.by_hand(statement)

    assert any(sentence in what for what in said(await town.audited()))


async def test_a_copy_grows_and_takes_nothing_that_contradicts_it(town: Town) -> None:
    await went_on(town.sessions, town.known[2])
    await grown(a_log(town.sessions, town.folder / "ours"), now=NOON + 2 * HOUR)
    assert await town.keep() == (6, 1)

    await hash_all_chains_anew_and_build_a_new_log(town)
    (town.folder / "ours" / "log" / "checkpoint").unlink()
    await reports(town.sessions, 9)
    await grown(a_log(town.sessions, town.folder / "new"), now=NOON + 9 * HOUR)
    with pytest.raises(CannotRun, match="is not kept"):
        await town.keep()
    assert len(list(Copy(town.folder / "kept").entries())) == 6


def test_a_folder_without_checkpoints_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="is no folder"):
        Copy(tmp_path / "nowhere").checkpoints(verifier_keys())
    (tmp_path / "note.txt").write_text("milk, eggs")
    with pytest.raises(CannotRun, match="is no checkpoint of this log"):
        Copy(tmp_path).checkpoints(verifier_keys())
