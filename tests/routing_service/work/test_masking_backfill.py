"""Public texts for reports of before, on a database of their own: batches commit."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from routing_service.report.masks import Field, Kind, Mask, Source, Span
from routing_service.work.masking import backfill, queries
from routing_service.work.masking.making import make_public_text
from routing_service.work.masking.mask import MASKING
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.messages import MessageKind
from shared.ids import new_id
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
        await queries.add_public_texts(
            session, [make_public_text(original, BY_PEOPLE)], by="national_admin:a", now=NOON
        )
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
    assert await backfill.count_texts(sessions, made_before=None) == 5

    assert await masked(sessions) == [2, 2, 1]

    assert {row.title for row in (await rows(sessions)).values()} == {"Pak [nama]"}
    assert await backfill.count_texts(sessions, made_before=None) == 0
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

    assert await backfill.count_texts(sessions, made_before=None) == 3
    assert await masked(sessions) == [2, 1]


async def test_several_at_once_share_the_work(sessions: Sessions, reports: Sequence[UUID]) -> None:
    async with sessions.begin() as session:
        for _ in range(35):
            await a_report(session, title="Pak Budi", body=BODY)

    shares = await asyncio.gather(*(masked(sessions, batch=5) for _ in range(3)))

    assert len(await rows(sessions)) == 40
    assert sum(sum(share) for share in shares) < 2 * 40
    assert await backfill.count_texts(sessions, made_before=None) == 0


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


# --- official answers --------------------------------------------------------------------------------------


async def said(sessions: Sessions, report: UUID, kind: MessageKind, body: str, **columns: Any) -> UUID:
    id = new_id()
    values = {"report_id": report, "salt": b"s" * 16, "author": "liaison_officer:o", "created_at": NOON} | columns
    async with sessions.begin() as session:
        await session.execute(insert(Message).values(id=id, kind=kind.value, body=body, **values))
    return id


async def answers_masked(sessions: Sessions, *, everything: bool = False) -> list[int]:
    return [number async for number in backfill.mask_answers(sessions, everything=everything, batch=1)]


async def answers(sessions: Sessions) -> dict[UUID, tuple[str | None, int]]:
    async with sessions() as session:
        rows = await session.execute(select(Message.id, Message.public_body, Message.masking))
        return {id: (public_body, masking) for id, public_body, masking in rows}


async def test_official_answers_of_an_older_masking_are_masked_once(
    sessions: Sessions, reports: Sequence[UUID]
) -> None:
    never = await said(sessions, reports[0], MessageKind.RESPONSE, "Pak Joko sudah datang.")
    before = await said(
        sessions,
        reports[0],
        MessageKind.FINAL_RESPONSE,
        "0812\u00a03456\u00a07890",
        public_body="old",
        masking=MASKING - 1,
    )
    note = await said(sessions, reports[0], MessageKind.NOTE, "Pak Joko marah.")

    assert await answers_masked(sessions) == [1, 1]
    assert await answers_masked(sessions) == []

    assert await answers(sessions) == {
        never: ("Pak [nama] sudah datang.", MASKING), before: ("[telepon]", MASKING), note: (None, 0),
    }  # fmt: skip
    assert sum(await answers_masked(sessions, everything=True)) == 2


async def test_what_people_decided_about_an_answer_stays(sessions: Sessions, reports: Sequence[UUID]) -> None:
    masks = [mask.as_json() for mask in BY_PEOPLE]
    answer = await said(sessions, reports[0], MessageKind.RESPONSE, BODY, public_body="old", masks=masks, masking=1)

    await answers_masked(sessions)

    assert (await answers(sessions))[answer] == ("Kata [nama] dan Pak Joko.", MASKING)


async def test_an_answer_that_changed_while_it_was_masked_stands(
    sessions: Sessions, reports: Sequence[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await said(sessions, reports[0], MessageKind.RESPONSE, BODY)
    loop = asyncio.get_running_loop()
    answer_all = backfill._answer_all

    async def officer() -> None:
        async with sessions.begin() as session:
            await session.execute(text("UPDATE messages SET public_body = 'by an officer', masks = '[]', masking = 9"))

    def while_somebody_masks(older: Any) -> Any:
        asyncio.run_coroutine_threadsafe(officer(), loop).result(timeout=10)
        return answer_all(older)

    monkeypatch.setattr(backfill, "_answer_all", while_somebody_masks)

    await answers_masked(sessions)

    assert (await answers(sessions))[answer] == ("by an officer", 9)


async def test_texts_and_answers_are_renewed_a_portion_at_a_time(sessions: Sessions, reports: Sequence[UUID]) -> None:
    for _ in range(3):
        await said(sessions, reports[0], MessageKind.RESPONSE, "Pak Joko sudah datang.")

    assert [number async for number in backfill.renew_all(sessions, batch=2)] == [2, 2, 1, 2, 1]
    assert [number async for number in backfill.renew_all(sessions, batch=2)] == []


async def test_older_answers_are_found_by_their_index(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_indexscan = off"))  # of the primary key, whose order is wanted
        plan = await session.execute(
            text("EXPLAIN SELECT id FROM messages WHERE kind = ANY(ARRAY['response']) AND (false OR masking < 3)")
        )
        assert "messages_kind_idx" in "\n".join(plan.scalars())
