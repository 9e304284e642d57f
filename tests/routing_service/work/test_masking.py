"""When public texts are made, by whom they are seen and changed."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.routing_service.driving import (
    ADMIN,
    COORDINATOR,
    HEAD,
    OFFICER,
    OPERATOR,
    OTHER_COORDINATOR,
    OTHER_OFFICER,
    SUPERVISOR,
    Headers,
    Json,
    Office,
)

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


async def test_another_agency_reads_the_title_that_everybody_reads(office: Office) -> None:
    report = await office.made(Status.ASSIGNED, title=TITLE, body=BODY)

    assert (await office.get(f"/v1/reports/{report}", OTHER_OFFICER))["title"] == "Pak [nama] menolak"
    assert (await office.get(f"/v1/reports/{report}", OFFICER))["title"] == TITLE


# --- officers see and change it ----------------------------------------------------------------------------


@pytest.fixture
async def report(office: Office) -> UUID:
    """Held by SAMARINDA-PU; its title and body name Pak Budi, and Sukarni without a word that gives her away."""
    made = await office.made(Status.ASSIGNED, title=TITLE, body=f"{BODY} Kata sukarni tidak ada dana.")
    await deliver_receipt(office, made)
    return made


async def shown(office: Office, report: UUID, headers: Headers = OFFICER) -> Json:
    return await office.get(f"/v1/reports/{report}/public-text", headers)


async def put(office: Office, report: UUID, headers: Headers, *, if_match: str = "*", **body: Any) -> httpx.Response:
    path = f"/v1/reports/{report}/public-text"
    return await office.http.put(path, json=body, headers={**headers, "If-Match": if_match})


async def changed(office: Office, report: UUID, headers: Headers, **body: Any) -> Json:
    response = await put(office, report, headers, **body)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def mask_of(view: Json, words: str, field: str = "body") -> Json:
    (mask,) = [mask for mask in view["masks"] if (mask["words"], mask["field"]) == (words, field)]
    return {name: mask[name] for name in ("field", "start", "end")}


async def test_an_officer_sees_the_original_what_is_masked_in_it_and_what_is_left(office: Office, report: UUID) -> None:
    view = await shown(office, report)

    assert view["original"]["title"] == TITLE
    assert view["masked"]["title"] == "Pak [nama] menolak"
    assert [(mask["field"], mask["type"], mask["words"], mask["label"]) for mask in view["masks"]] == [
        ("title", "name", "Budi", "[nama]"),
        ("body", "name", "Budi", "[nama]"),
        ("body", "phone", "0812-3456-7890", "[telepon]"),
    ]
    assert {mask["source"] for mask in view["masks"]} == {"machine"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [(ADMIN, 200), (COORDINATOR, 200), (HEAD, 200), (SUPERVISOR, 200), (OTHER_OFFICER, 403), (OPERATOR, 403)],
)
async def test_who_reads_the_original_sees_what_is_masked(
    office: Office, report: UUID, headers: Headers, status: int
) -> None:
    assert (await office.http.get(f"/v1/reports/{report}/public-text", headers=headers)).status_code == status


async def test_a_secret_report_is_not_there_for_another_agency(office: Office) -> None:
    secret = await office.made(Status.ASSIGNED, secret=True)

    response = await office.http.get(f"/v1/reports/{secret}/public-text", headers=OTHER_OFFICER)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_before_it_is_made_nothing_is_public(office: Office) -> None:
    view = await shown(office, await office.report(), ADMIN)

    assert (view["masked"], view["masks"], view["masked_at"]) == (None, [], None)


async def test_the_agency_masks_words_wherever_they_stand(office: Office, report: UUID) -> None:
    view = await changed(office, report, OFFICER, words=["SUKARNI"], type="name")

    assert view["masked"]["body"].endswith("Kata [nama] tidak ada dana.")
    assert view["masked_by"] == "liaison_officer:pu-1"
    event = await office.last(report)
    assert (event.type, event.data, event.actor) == (
        EventType.REPORT_MASKED, {"added": 1, "lifted": 0}, "liaison_officer:pu-1",
    )  # fmt: skip
    assert view["version"] == event.seq


async def test_the_agency_masks_a_stretch(office: Office, report: UUID) -> None:
    view = await changed(office, report, HEAD, masks=[{"start": 0, "end": 10, "type": "other"}])

    assert view["masked"]["body"].startswith("[disamarkan] sejak Senin.")


async def test_the_same_masks_again_change_nothing(office: Office, report: UUID) -> None:
    first = await changed(office, report, OFFICER, words=["sukarni"])
    again = await changed(office, report, OFFICER, words=["sukarni"])

    assert again == first
    assert (await office.types(report)).count("report.masked") == 1


async def test_an_agency_never_lifts_a_mask(office: Office, report: UUID) -> None:
    budi = mask_of(await shown(office, report), "Budi")

    response = await put(office, report, OFFICER, lift=[budi], reason="Bukan orang")

    assert (response.status_code, response.json()["code"]) == (403, "may_not_lift")


@pytest.mark.parametrize("headers", [ADMIN, COORDINATOR])
async def test_above_the_agency_a_wrong_mask_is_lifted_with_a_reason(
    office: Office, report: UUID, headers: Headers
) -> None:
    budi = mask_of(await shown(office, report), "Budi", "title")

    refused = await put(office, report, headers, lift=[budi])
    view = await changed(office, report, headers, lift=[budi], reason="Pak Budi adalah nama jalan")

    assert refused.json()["code"] == "reason_required"
    assert view["masked"]["title"] == TITLE
    assert [mask["lifted"] for mask in view["masks"]] == [True, False, False]
    event = await office.last(report)
    assert (event.data["added"], event.data["lifted"]) == (0, 1)
    assert {"message", "digest"} <= set(event.data)
    assert "nama jalan" not in str(event.data)
    assert (await office.scalar("SELECT body FROM messages WHERE kind = 'note'")) == "Pak Budi adalah nama jalan"


async def test_what_an_officer_masked_can_be_lifted_and_masked_again(office: Office, report: UUID) -> None:
    await changed(office, report, OFFICER, words=["sukarni"])
    place = mask_of(await shown(office, report), "sukarni")

    lifted = await changed(office, report, COORDINATOR, lift=[place], reason="Nama bank")
    again = await changed(office, report, OFFICER, words=["sukarni"])

    assert "sukarni" in lifted["masked"]["body"]
    assert "sukarni" not in again["masked"]["body"]


async def test_what_people_decided_stands_for_the_same_words_in_a_new_title(office: Office) -> None:
    report = await received(office, body=f"{BODY} Kata sukarni tidak ada dana.")
    budi = mask_of(await shown(office, report, ADMIN), "Budi")
    await changed(office, report, ADMIN, words=["sukarni"], type="name", lift=[budi], reason="Nama jalan")

    await office.done(report, "verification", ADMIN, title="Pak Budi dan Sukarni, kata Bu Ani")

    view = await shown(office, report, ADMIN)
    assert view["masked"]["title"] == "Pak Budi dan [nama], kata Bu [nama]"
    assert "sukarni" not in view["masked"]["body"]


async def test_a_change_makes_a_text_that_is_not_there_yet(office: Office) -> None:
    report = await office.report(title=TITLE, body=BODY)

    view = await changed(office, report, ADMIN, words=["Lampu"])

    assert view["masked"]["body"].startswith("[disamarkan] mati sejak Senin. Sudah saya sampaikan ke Pak [nama]")


async def test_somebody_who_read_an_older_version_is_told(office: Office, report: UUID) -> None:
    version = (await shown(office, report))["version"]
    await changed(office, report, OFFICER, words=["sukarni"])

    response = await put(office, report, OFFICER, if_match=f'"{version}"', words=["Lampu"])

    assert (response.status_code, response.json()["code"]) == (412, "version_mismatch")


@pytest.mark.parametrize("headers", [SUPERVISOR, OTHER_OFFICER, OTHER_COORDINATOR, OPERATOR])
async def test_who_does_not_work_on_it_changes_nothing(office: Office, report: UUID, headers: Headers) -> None:
    assert (await put(office, report, headers, words=["Lampu"])).status_code == 403


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid", "/"),
        ({"words": ["x"]}, "invalid", "/words/0"),
        ({"words": ["tidak tertulis"]}, "words_not_found", "/words/0"),
        ({"masks": [{"start": 5, "end": 5}]}, "invalid", "/masks/0"),
        ({"masks": [{"start": 0, "end": 19_999}]}, "mask_outside_text", "/masks/0/end"),
        ({"masks": [{"field": "title", "start": 0, "end": 17}]}, "mask_outside_text", "/masks/0/end"),
        ({"masks": [{"start": 0, "end": 3, "type": "colour"}]}, "invalid", "/masks/0/type"),
        ({"lift": [{"start": 0, "end": 3}], "reason": "Salah"}, "unknown_mask", "/lift/0"),
    ],
)
async def test_a_bad_change_names_the_field(office: Office, report: UUID, body: Json, code: str, pointer: str) -> None:
    response = await put(office, report, ADMIN, **body)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_two_who_mask_at_once_lose_nothing(busy: Office) -> None:
    report = await busy.report(body="Kata sukarni dan wardana tidak ada dana.")
    await deliver_receipt(busy, report)

    await asyncio.gather(*(changed(busy, report, ADMIN, words=[name]) for name in ("sukarni", "wardana")))

    assert (await shown(busy, report, ADMIN))["masked"]["body"] == (
        "Kata [disamarkan] dan [disamarkan] tidak ada dana."
    )


async def test_an_official_answer_is_public_without_the_people_in_it(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)

    await office.done(
        report, "responses", OFFICER, body="Sudah kami datangi bersama Pak Budi, 0812-3456-7890.", final=True
    )

    masked = "Sudah kami datangi bersama Pak [nama], [telepon]."
    assert await office.scalar("SELECT public_body FROM messages WHERE report_id = :id", id=report) == masked
    own, other = [await office.get(f"/v1/reports/{report}", who) for who in (OFFICER, OTHER_OFFICER)]
    assert "Pak Budi, 0812-3456-7890" in own["messages"][-1]["body"]
    assert other["messages"][-1]["body"] == masked
