"""When public texts are made, by whom they are seen and changed."""

from typing import Any
from uuid import UUID

from shared.events import EventType
from tests.routing_service.driving import ADMIN, Office

TITLE = "Pak Budi menolak"
BODY = "Lampu mati sejak Senin. Sudah saya sampaikan ke Pak Budi, 0812-3456-7890."


async def text_of(office: Office, report: UUID, column: str = "title") -> Any:
    return await office.scalar(f"SELECT {column} FROM public_texts WHERE report_id = :id", id=report)


async def received(office: Office, **changes: Any) -> UUID:
    report = await office.report(**{"title": TITLE, "body": BODY} | changes)
    await deliver_receipt(office, report)
    return report


async def deliver_receipt(office: Office, *reports: UUID) -> None:
    receipts = [(await office.history(report))[0] for report in reports]
    assert {result["outcome"] for result in await office.deliver(*receipts)} == {"done"}


async def test_it_is_made_when_the_report_is_received(office: Office) -> None:
    report = await received(office)

    assert await text_of(office, report) == "Pak [nama] menolak"
    assert await text_of(office, report, "body") == (
        "Lampu mati sejak Senin. Sudah saya sampaikan ke Pak [nama], [telepon]."
    )
    assert await text_of(office, report, "masked_by") == "service:routing_service"


async def test_it_is_made_once_however_often_the_receipt_comes(office: Office) -> None:
    report = await received(office)
    made_at = await text_of(office, report, "masked_at")
    await office.execute("UPDATE public_texts SET title = 'as it was' WHERE report_id = :id", id=report)

    await deliver_receipt(office, report, report)

    assert (await text_of(office, report), await text_of(office, report, "masked_at")) == ("as it was", made_at)


async def test_other_events_make_none(office: Office) -> None:
    report = await office.report()
    await office.fact(report, EventType.REPORTER_REPLIED)

    assert await text_of(office, report) is None


async def test_it_follows_the_title_of_the_verifier(office: Office) -> None:
    report = await received(office)
    office.clock.advance(hours=1)

    await office.done(report, "verification", ADMIN, title="Lampu jalan, ditolak Bu Ani")

    assert await text_of(office, report) == "Lampu jalan, ditolak Bu [nama]"
    assert "[telepon]" in await text_of(office, report, "body")
    assert await text_of(office, report, "masked_at") == office.clock.now


async def test_a_verification_without_a_title_leaves_it(office: Office) -> None:
    report = await received(office)
    before = await text_of(office, report, "masked_at")
    office.clock.advance(hours=1)

    await office.done(report, "verification", ADMIN)

    assert await text_of(office, report, "masked_at") == before


async def test_a_verification_that_comes_before_the_receipt_makes_it_with_the_title_of_the_verifier(
    office: Office,
) -> None:
    report = await office.report(title=TITLE, body=BODY)

    await office.done(report, "verification", ADMIN, title="Lampu jalan mati")
    await deliver_receipt(office, report)

    assert await text_of(office, report) == "Lampu jalan mati"
    assert "[telepon]" in await text_of(office, report, "body")
