"""Who changes what is masked in an official answer, and what nobody may."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.routing_service.driving import (
    ADMIN,
    AGENCY,
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

BODY = "Kami cek di rumah wulan\u200bdari, RT 5, bersama Pak Budi."


@pytest.fixture
async def report(office: Office) -> UUID:
    """Its agency answered, and named Wulandari without a word that gives her away."""
    made = await office.made(Status.ASSIGNED)
    await office.done(made, "responses", OFFICER, body=BODY, final=False)
    return made


async def message_of(office: Office, report: UUID, kind: str = "response") -> UUID:
    statement = "SELECT id FROM messages WHERE report_id = :id AND kind = :kind"
    return UUID(str(await office.scalar(statement, id=report, kind=kind)))


async def path_of(office: Office, report: UUID, kind: str = "response") -> str:
    return f"/v1/reports/{report}/messages/{await message_of(office, report, kind)}/public-text"


async def put(office: Office, report: UUID, headers: Headers, *, if_match: str = "*", **body: Any) -> httpx.Response:
    path = await path_of(office, report)
    return await office.http.put(path, json=body, headers={**headers, "If-Match": if_match})


async def changed(office: Office, report: UUID, headers: Headers, **body: Any) -> Json:
    response = await put(office, report, headers, **body)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def test_an_answer_is_shown_with_what_is_masked_in_it(office: Office, report: UUID) -> None:
    view = await office.get(await path_of(office, report), OFFICER)

    assert (view["original"], view["masked"]) == (BODY, "Kami cek di rumah wulandari, RT 5, bersama Pak [nama].")
    assert [(mask["words"], mask["type"], mask["source"]) for mask in view["masks"]] == [("Budi", "name", "machine")]


@pytest.mark.parametrize("headers", [OFFICER, HEAD, COORDINATOR, ADMIN])
async def test_who_answered_and_who_is_above_mask_a_word(office: Office, report: UUID, headers: Headers) -> None:
    view = await changed(office, report, headers, words=["WULANDARI"], type="name")

    masked = "Kami cek di rumah [nama], RT 5, bersama Pak [nama]."
    assert view["masked"] == masked
    assert await office.scalar("SELECT public_body FROM messages WHERE report_id = :id", id=report) == masked
    event = await office.last(report)
    assert (event.type, event.data) == (
        EventType.REPORT_MASKED, {"answer": view["message"], "added": 1, "lifted": 0},
    )  # fmt: skip
    assert view["version"] == event.seq


async def test_the_public_reads_the_answer_without_the_word(office: Office, report: UUID) -> None:
    await changed(office, report, OFFICER, words=["wulandari"])

    (message,) = (await office.get(f"/v1/reports/{report}", OTHER_OFFICER))["messages"]

    assert message["body"] == "Kami cek di rumah [disamarkan], RT 5, bersama Pak [nama]."
    assert (await office.get(f"/v1/reports/{report}", OFFICER))["messages"][0]["body"] == BODY


async def test_an_answer_of_a_closed_report_is_masked_as_well(office: Office) -> None:
    report = await office.made(Status.CLOSED)

    path = await path_of(office, report, "final_response")
    response = await office.http.put(path, json={"words": ["ditambal"]}, headers=OFFICER)

    assert response.json()["masked"] == "Sudah [disamarkan]."


async def test_a_stretch_is_masked(office: Office, report: UUID) -> None:
    view = await changed(office, report, OFFICER, masks=[{"start": 0, "end": 24, "type": "address"}])

    assert view["masked"].startswith("[alamat]dari")


async def test_the_same_again_changes_nothing(office: Office, report: UUID) -> None:
    first = await changed(office, report, OFFICER, words=["wulandari"])
    again = await changed(office, report, OFFICER, words=["wulandari"])

    assert again == first
    assert (await office.types(report)).count("report.masked") == 1


async def test_only_above_the_agency_a_mask_is_lifted_and_with_a_reason(office: Office, report: UUID) -> None:
    (mask,) = (await office.get(await path_of(office, report), OFFICER))["masks"]
    place = {"start": mask["start"], "end": mask["end"]}

    by_agency = await put(office, report, OFFICER, lift=[place], reason="Bukan orang")
    without_reason = await put(office, report, COORDINATOR, lift=[place])
    lifted = await changed(office, report, COORDINATOR, lift=[place], reason="Nama jalan")

    assert (by_agency.status_code, by_agency.json()["code"]) == (403, "may_not_lift")
    assert (without_reason.status_code, without_reason.json()["code"]) == (422, "reason_required")
    assert lifted["masked"].endswith("bersama Pak Budi.")
    assert await office.scalar("SELECT body FROM messages WHERE kind = 'note'") == "Nama jalan"


@pytest.mark.parametrize("headers", [OTHER_OFFICER, OTHER_COORDINATOR, SUPERVISOR, OPERATOR])
async def test_nobody_else_changes_it(office: Office, report: UUID, headers: Headers) -> None:
    assert (await put(office, report, headers, words=["wulandari"])).status_code == 403


async def test_who_answered_masks_its_words_also_when_another_agency_has_the_report(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await office.done(report, "responses", OFFICER, body=BODY, final=False)
    await office.done(report, "redirection", COORDINATOR, agency="SAMARINDA-DINKES")

    seen = await office.http.get(await path_of(office, report), headers=OFFICER)
    view = await changed(office, report, OFFICER, if_match=seen.headers["ETag"], words=["wulandari"])
    stale = await put(office, report, OFFICER, if_match=seen.headers["ETag"], words=["Kami"])

    assert view["masked"].startswith("Kami cek di rumah [disamarkan], RT 5")
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    assert AGENCY not in str((await office.last(report)).data)


async def test_of_a_secret_report_another_agency_finds_nothing(office: Office) -> None:
    report = await office.made(Status.ASSIGNED, secret=True)
    await office.done(report, "responses", OFFICER, body=BODY, final=False)

    assert (await put(office, report, OTHER_OFFICER, words=["wulandari"])).status_code == 404


@pytest.mark.parametrize(("action", "field", "kind"), [("notes", "body", "note"), ("hold", "question", "question")])
async def test_what_is_no_official_answer_is_not_found(
    office: Office, report: UUID, action: str, field: str, kind: str
) -> None:
    await office.done(report, action, OFFICER, **{field: "Kata wulandari?"})
    path = await path_of(office, report, kind)

    for response in (
        await office.http.get(path, headers=OFFICER),
        await office.http.put(path, json={"words": ["wulandari"]}, headers=OFFICER),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_an_answer_of_another_report_is_not_found(office: Office, report: UUID) -> None:
    other = await office.made(Status.ASSIGNED)
    path = f"/v1/reports/{other}/messages/{await message_of(office, report)}/public-text"

    assert (await office.http.put(path, json={"words": ["wulandari"]}, headers=OFFICER)).status_code == 404


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid", "/"),
        ({"words": ["x"]}, "invalid", "/words/0"),
        ({"words": ["tidak tertulis"]}, "words_not_found", "/words/0"),
        ({"masks": [{"start": 5, "end": 5}]}, "invalid", "/masks/0"),
        ({"masks": [{"start": 0, "end": 19_999}]}, "mask_outside_text", "/masks/0/end"),
        ({"masks": [{"start": 0, "end": 5, "field": "title"}]}, "invalid", "/masks/0/field"),
        ({"lift": [{"start": 0, "end": 3}], "reason": "Salah"}, "unknown_mask", "/lift/0"),
    ],
)
async def test_a_bad_change_names_the_field(office: Office, report: UUID, body: Json, code: str, pointer: str) -> None:
    response = await put(office, report, ADMIN, **body)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_an_answer_that_the_release_before_wrote_can_be_masked(office: Office, report: UUID) -> None:
    await office.execute("UPDATE messages SET public_body = NULL, masks = NULL, masking = 0")

    view = await changed(office, report, OFFICER, words=["wulandari"])

    assert view["masked"] == "Kami cek di rumah [disamarkan], RT 5, bersama Pak [nama]."
