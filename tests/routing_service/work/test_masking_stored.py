"""Public texts in the database: stored once, replaced when asked to, found by their words."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.masks import Field, Kind, Mask, Source, Span, masks_of
from routing_service.work.masking import queries
from routing_service.work.masking.making import make_all, make_public_text
from shared.schema import PublicText
from tests.factories import DAY, NOON, a_report

BODY = "Lampu mati, sudah saya sampaikan ke Pak Budi 0812-3456-7890."


async def a_text(session: AsyncSession, **changes: str) -> UUID:
    report_id = await a_report(session, **{"title": "Lampu jalan mati", "body": BODY} | changes)
    await queries.add_public_texts(
        session, make_all(await queries.without(session, [report_id])), by="service:x", now=NOON
    )
    return report_id


async def stored(session: AsyncSession, report_id: UUID) -> PublicText:
    found = await session.get(PublicText, report_id, populate_existing=True)
    assert found is not None
    return found


async def found(session: AsyncSession, words: str) -> list[UUID]:
    query = func.websearch_to_tsquery("indonesian", words)
    return list(await session.scalars(select(PublicText.report_id).where(PublicText.search.op("@@")(query))))


async def test_a_text_is_stored_with_the_masks_that_made_it(session: AsyncSession) -> None:
    text = await stored(session, await a_text(session))

    assert text.title == "Lampu jalan mati"
    assert text.body == "Lampu mati, sudah saya sampaikan ke Pak [nama] [telepon]."
    assert [(mask.field, mask.span.kind, mask.source) for mask in masks_of(text.masks)] == [
        (Field.BODY, Kind.NAME, Source.MACHINE),
        (Field.BODY, Kind.PHONE, Source.MACHINE),
    ]
    assert BODY[text.masks[0]["start"] : text.masks[0]["end"]] == "Budi"


async def test_a_text_that_is_there_is_not_made_again(session: AsyncSession) -> None:
    report_id = await a_text(session)

    assert await queries.without(session, [report_id]) == []


async def test_the_first_that_was_stored_stands_until_it_is_replaced(session: AsyncSession) -> None:
    report_id = await a_report(session, title="Lampu", body=BODY)
    originals = await queries.without(session, [report_id])
    await queries.add_public_texts(session, make_all(originals), by="service:first", now=NOON)
    another = [make_public_text(originals[0], [Mask(Field.TITLE, Span(0, 5, Kind.OTHER), Source.VERIFIER)])]

    await queries.add_public_texts(session, another, by="service:second", now=NOON + DAY)
    assert (await stored(session, report_id)).masked_by == "service:first"

    await queries.replace_public_texts(session, another, by="national_admin:ani", now=NOON + DAY)
    text = await stored(session, report_id)
    assert (text.title, text.masked_by, text.masked_at) == ("[disamarkan]", "national_admin:ani", NOON + DAY)


async def test_the_search_finds_what_is_written_and_not_what_is_masked(session: AsyncSession) -> None:
    report_id = await a_text(session)

    assert await found(session, "lampu") == [report_id]
    assert await found(session, "disampaikan") == [report_id]  # by its stem
    for hidden in ("budi", "0812-3456-7890", "nama", "telepon"):
        assert await found(session, hidden) == []
