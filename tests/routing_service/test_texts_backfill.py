"""Public texts for reports of before, on a database of their own: batches commit."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from routing_service.texts import backfill, queries
from routing_service.texts.kinds import Field, Kind, Mask, Source, Span
from routing_service.texts.making import make
from routing_service.texts.mask import MASKING
from shared.clock import utc_now
from shared.database import Sessions
from shared.ids import new_id
from shared.messages import MessageKind
from shared.schema import Message
from tests.factories import NOON, a_registry, a_report

BODY = "Kata sukarni dan Pak Joko."
BY_PEOPLE = [
    Mask(Field.BODY, Span(5, 12, Kind.NAME), Source.VERIFIER),
    Mask(Field.BODY, Span(21, 25, Kind.NAME), Source.MACHINE, lifted=True),
]


@pytest.fixture
async def reports(sessions: Sessions) -> list[UUID]:
    """Five without a public text."""
    async with sessions.begin() as session:
        await a_registry(session)
        return [await a_report(session, title="Pak Budi", body=BODY) for _ in range(5)]


async def masked(sessions: Sessions, *, made_before: datetime | None = None, batch: int = 2) -> list[int]:
    return [number async for number in backfill.mask(sessions, made_before=made_before, batch=batch)]


async def decided(sessions: Sessions, report: UUID, *, masking: int = MASKING) -> None:
    """What an officer left, with an older masking."""
    async with sessions.begin() as session:
        (original,) = await queries.without(session, [report])
        await queries.add(session, [make(original, BY_PEOPLE)], by="national_admin:a", now=NOON)
        await session.execute(
            text("UPDATE public_texts SET masking = :masking, title = 'old' WHERE report_id = :id"),
            {"masking": masking, "id": report},
        )


async def rows(sessions: Sessions) -> dict[UUID, Any]:
    async with sessions() as session:
        found = await session.execute(text("SELECT report_id, title, body, masking, masked_by FROM public_texts"))
        return {row.report_id: row for row in found}


async def test_reports_without_a_public_text_get_one_batch_by_batch(
    sessions: Sessions, reports: Sequence[UUID]
) -> None:
    assert await backfill.count(sessions, made_before=None) == 5

    assert await masked(sessions) == [2, 2, 1]

    assert {row.title for row in (await rows(sessions)).values()} == {"Pak [nama]"}
    assert await backfill.count(sessions, made_before=None) == 0
    assert await masked(sessions) == []


async def test_a_text_of_an_older_masking_is_made_again_with_what_people_decided(
    sessions: Sessions, reports: Sequence[UUID]
) -> None:
    await decided(sessions, reports[0], masking=MASKING - 1)
    await decided(sessions, reports[1])

    await masked(sessions)

    after = await rows(sessions)
    older, newer = after[reports[0]], after[reports[1]]
    assert (older.title, older.body, older.masking) == ("Pak [nama]", "Kata [nama] dan Pak Joko.", MASKING)
    assert (newer.title, newer.masked_by) == ("old", "national_admin:a")


async def test_all_of_them_are_made_again_when_that_is_asked_for(sessions: Sessions, reports: Sequence[UUID]) -> None:
    await decided(sessions, reports[0])

    assert sum(await masked(sessions, made_before=utc_now())) == 5

    assert (await rows(sessions))[reports[0]].title == "Pak [nama]"


async def test_whoever_is_stopped_goes_on_where_he_was(sessions: Sessions, reports: Sequence[UUID]) -> None:
    async for _ in backfill.mask(sessions, made_before=None, batch=2):
        break

    assert await backfill.count(sessions, made_before=None) == 3
    assert await masked(sessions) == [2, 1]


async def test_several_at_once_share_the_work(sessions: Sessions, reports: Sequence[UUID]) -> None:
    async with sessions.begin() as session:
        for _ in range(35):
            await a_report(session, title="Pak Budi", body=BODY)

    shares = await asyncio.gather(*(masked(sessions, batch=5) for _ in range(3)))

    assert len(await rows(sessions)) == 40
    assert sum(sum(share) for share in shares) < 2 * 40
    assert await backfill.count(sessions, made_before=None) == 0


async def test_what_changed_while_texts_were_masked_stands(
    sessions: Sessions, reports: Sequence[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer masks words between the reading and the storing."""
    loop = asyncio.get_running_loop()
    mask_all = backfill._make_all

    def while_somebody_masks(candidates: list[queries.Candidate]) -> Any:
        asyncio.run_coroutine_threadsafe(decided(sessions, reports[0]), loop).result(timeout=10)
        return mask_all(candidates)

    monkeypatch.setattr(backfill, "_make_all", while_somebody_masks)

    await masked(sessions, batch=5)

    after = await rows(sessions)
    assert after[reports[0]].masked_by == "national_admin:a"
    assert len(after) == 5


async def test_official_answers_of_before_are_masked_once(sessions: Sessions, reports: Sequence[UUID]) -> None:
    values = {"report_id": reports[0], "salt": b"s" * 16, "author": "liaison_officer:o", "created_at": NOON}
    said = {MessageKind.RESPONSE: "Pak Joko sudah datang.", MessageKind.NOTE: "Pak Joko marah."}
    async with sessions.begin() as session:
        for kind, body in said.items():
            await session.execute(insert(Message).values(id=new_id(), kind=kind.value, body=body, **values))

    assert await backfill.mask_answers(sessions, batch=1) == 1
    assert await backfill.mask_answers(sessions, batch=1) == 0

    async with sessions() as session:
        found = dict((await session.execute(select(Message.kind, Message.public_body))).tuples().all())
    assert found == {"response": "Pak [nama] sudah datang.", "note": None}
