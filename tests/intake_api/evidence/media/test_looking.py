"""What becomes of a file: one result, whoever works on it, dies or is away."""

import asyncio
import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import delete, insert

from intake_api.evidence.media import queries
from intake_api.evidence.media.remarks import kilometres
from intake_api.evidence.media.said import open_said
from intake_api.evidence.media.scanner import Scanner
from intake_api.evidence.media.service import LEASE_SECONDS
from shared.database import Sessions
from shared.domain.evidence import EvidenceState, Variant
from shared.log import events
from shared.log.events import EventType
from shared.schema import EvidenceReview
from tests.factories import DAY, NOON
from tests.intake_api.evidence.media.adding import KEYS, Bench
from tests.intake_api.evidence.media.clamd import HARM, clamd
from tests.intake_api.evidence.media.files import exif, picture, saved

PALARAN = {"latitude": -0.5022, "longitude": 117.1536}


async def _all(bench: Bench, **kind: Any) -> None:
    looking = bench.looking(**kind)
    while await looking.turn(now=NOON + DAY):
        pass


async def _told(bench: Bench) -> list[tuple[EventType, dict[str, Any]]]:
    async with bench.sessions() as session:
        history = await events.history(session, bench.report_id)
    return [(event.type, dict(event.data)) for event in history if event.type.startswith("evidence.")]


async def test_a_file_that_waits_becomes_ready_or_is_refused_with_an_event(sessions: Sessions, tmp_path: Path) -> None:
    bench = await Bench.of(sessions, tmp_path)
    good = await bench.add(saved(picture((400, 300)), "JPEG", exif=exif(turn=6)))
    bad = await bench.add(saved(picture((400, 300)), "JPEG")[:900])

    await _all(bench)

    ready, refused = await bench.found(good), await bench.found(bad)
    assert (ready.state, ready.processed_at, ready.remarks) == (EvidenceState.READY, NOON + DAY, [])
    assert (refused.state, refused.reason) == (EvidenceState.REFUSED, "damaged")
    made = await bench.renditions(good)
    assert made.keys() == {Variant.CLEAN, Variant.PUBLIC, Variant.LARGE, Variant.SMALL}
    assert Image.open(io.BytesIO(made[Variant.PUBLIC])).size == (300, 400)
    assert made[Variant.CLEAN] == made[Variant.PUBLIC]
    assert await bench.renditions(bad) == {}
    assert await _told(bench) == [(EventType.EVIDENCE_REFUSED, {"evidence": str(bad), "reason": "damaged"})]


async def test_workers_at_once_look_through_each_file_once(sessions: Sessions, tmp_path: Path) -> None:
    bench = await Bench.of(sessions, tmp_path)
    added = [await bench.add(saved(picture((60, 40 + number)), "JPEG")) for number in range(4)]
    bad = [await bench.add(saved(picture((60, 80 + number)), "JPEG")[:700]) for number in range(2)]

    await asyncio.gather(*(_all(bench) for _ in range(3)))

    states = [(await bench.found(one)).state for one in (*added, *bad)]
    assert states == [EvidenceState.READY] * 4 + [EvidenceState.REFUSED] * 2
    assert sorted(data["evidence"] for _, data in await _told(bench)) == sorted(map(str, bad))


async def test_what_a_killed_worker_had_claimed_is_done_by_another_and_its_own_result_comes_too_late(
    sessions: Sessions, tmp_path: Path
) -> None:
    bench = await Bench.of(sessions, tmp_path)
    evidence_id = await bench.add(b"\xff\xd8\xff no picture at all")
    async with sessions.begin() as session:
        claimed = await queries.claim_waiting(session, seconds=LEASE_SECONDS)
    assert claimed is not None

    await _all(bench)
    assert (await bench.found(evidence_id)).state is EvidenceState.WAITING  # it may still come
    await bench.due()
    await _all(bench)
    await bench.looking()._look(claimed, NOON + 2 * DAY)

    assert (await bench.found(evidence_id)).processed_at == NOON + DAY
    assert len(await _told(bench)) == 1


async def test_a_claim_is_renewed_by_whoever_has_it_and_by_nobody_who_lost_it(
    sessions: Sessions, tmp_path: Path
) -> None:
    bench = await Bench.of(sessions, tmp_path)
    evidence_id = await bench.add(saved(picture(), "JPEG"))
    async with sessions.begin() as session:
        first = await queries.claim_waiting(session, seconds=0)
    async with sessions.begin() as session:
        second = await queries.claim_waiting(session, seconds=0)
    assert first is not None
    assert second is not None

    due = []
    for claimed in (first, second):
        async with sessions.begin() as session:
            await queries.renew_claim(session, claimed, seconds=LEASE_SECONDS)
        due.append((await bench.found(evidence_id)).due_at)

    assert due[0] + timedelta(seconds=LEASE_SECONDS / 2) < due[1]


async def test_a_child_that_is_lost_is_tried_again_and_not_for_ever(sessions: Sessions, tmp_path: Path) -> None:
    bench = await Bench.of(sessions, tmp_path)
    evidence_id = await bench.add(b"content", media_type="killed")
    looking = bench.looking(child="tests.intake_api.evidence.media.misbehaving")

    states = []
    for _ in range(3):
        await bench.due()
        await looking.turn(now=NOON)
        states.append((await bench.found(evidence_id)).state)

    assert states == [EvidenceState.WAITING, EvidenceState.WAITING, EvidenceState.REFUSED]
    assert (await bench.found(evidence_id)).reason == "decoder_failed"


async def test_a_file_waits_while_the_store_or_the_scanner_is_away(sessions: Sessions, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    bench = await Bench.of(sessions, tmp_path / "store")
    evidence_id = await bench.add(saved(picture(), "JPEG"))

    for _ in range(4):
        await bench.due()
        await _all(bench, scanner=Scanner.at(f"unix:{tmp_path}/nobody"))
    shutil.move(tmp_path / "store", tmp_path / "away")
    await bench.due()
    await _all(bench)
    waiting = await bench.found(evidence_id)
    shutil.move(tmp_path / "away", tmp_path / "store")
    await bench.due()
    await _all(bench)

    assert (waiting.state, waiting.attempts) == (EvidenceState.WAITING, 0)
    assert (await bench.found(evidence_id)).state is EvidenceState.READY


async def test_what_the_scanner_finds_is_quarantined_and_told(sessions: Sessions, tmp_path: Path) -> None:
    bench = await Bench.of(sessions, tmp_path)
    good = await bench.add(saved(picture(), "JPEG"))
    bad = await bench.add(saved(picture(), "JPEG", comment=HARM))

    async with clamd() as address:
        await _all(bench, scanner=Scanner.at(address))

    assert (await bench.found(good)).state is EvidenceState.READY
    assert (await bench.found(bad)).state is EvidenceState.QUARANTINED
    assert await bench.renditions(bad) == {}
    assert await _told(bench) == [(EventType.EVIDENCE_QUARANTINED, {"evidence": str(bad)})]


async def test_what_a_photo_says_is_sealed_and_what_is_odd_about_it_is_remarked(
    sessions: Sessions, tmp_path: Path
) -> None:
    bench = await Bench.of(sessions, tmp_path, **PALARAN)
    here = await bench.add(saved(picture(), "JPEG", exif=exif(taken="2026:02:27 09:00:00", place=(-0.5, 117.0))))
    far = await bench.add(saved(picture(), "JPEG", exif=exif(taken="2025:03:02 12:00:00", place=(-7.0, 112.0))))
    odd = await bench.add(saved(picture(), "JPEG", exif=exif(taken="yesterday")))

    await _all(bench)

    assert [(await bench.found(one)).remarks for one in (here, far, odd)] == [
        [], ["taken_far_away", "taken_long_before"], ["tags_unreadable"]
    ]  # fmt: skip
    row = await bench.found(here)
    assert row.said_sealed is not None
    assert b"2026" not in row.said_sealed
    assert (row.told_taken_at, row.told_latitude, row.told_longitude) == (None, None, None)
    async with sessions() as session:
        original = await queries.original(session, here)
    assert original is not None
    assert open_said(KEYS, original, row.said_sealed).taken_at == "2026-02-27T09:00:00"
    assert (await bench.found(odd)).said_sealed is None


def test_a_degree_of_the_equator_is_some_111_kilometres() -> None:
    assert 111 < kilometres((0, 117), (0, 118)) < 112
    assert 340 < kilometres((-0.5, 117.15), (-3.44, 116.3)) < 342


async def _cover(bench: Bench, evidence_id: UUID, covering: int, *covered: dict[str, int]) -> None:
    row = {"covered": list(covered), "covering": covering, "changed_at": NOON + DAY}
    same = {"evidence_id": evidence_id, "report_id": bench.report_id, "released": True, "changed_by": "coordinator:a"}
    async with bench.sessions.begin() as session:
        await session.execute(delete(EvidenceReview))
        await session.execute(insert(EvidenceReview).values(row | same))


async def test_rectangles_are_blackened_in_the_public_copy_and_come_back(sessions: Sessions, tmp_path: Path) -> None:
    bench = await Bench.of(sessions, tmp_path)
    evidence_id = await bench.add(saved(picture((400, 300)), "JPEG"))
    await _all(bench)
    before = await bench.renditions(evidence_id)

    await _cover(bench, evidence_id, 1, {"left": 200, "top": 0, "width": 200, "height": 150})
    await _all(bench)
    covered, covering = await bench.renditions(evidence_id), (await bench.found(evidence_id)).covering
    await bench.due()
    await _cover(bench, evidence_id, 2)
    await _all(bench)
    after = await bench.renditions(evidence_id)

    assert (covering, (await bench.found(evidence_id)).covering) == (1, 2)
    assert covered[Variant.CLEAN] == before[Variant.CLEAN]
    for variant in (Variant.PUBLIC, Variant.LARGE, Variant.SMALL):
        assert covered[variant] != before[variant]
        shown = Image.open(io.BytesIO(covered[variant])).convert("L")
        assert (shown.getpixel((shown.width * 3 // 4, 20)) or 0) == 0
    assert after == before
