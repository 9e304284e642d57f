"""A repeated action is answered with what the caller may see by then; nothing lies beside a key in clear."""

import httpx
from pydantic import SecretStr

from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Ring
from tests.factories import NOON, bearer
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, BODIES, COORDINATOR, OFFICER, OPERATOR, Office

KEY = {"Idempotency-Key": "once"}
RESPONSE = BODIES["responses"]


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_the_same_name_at_another_agency_gets_nothing_of_a_secret_report(office: Office) -> None:
    report = await office.made(Status.ASSIGNED, secret=True)
    namesake = bearer(Role.LIAISON_OFFICER, sub="pu-1", agency="BALIKPAPAN-PU")
    first = await office.act(report, "responses", OFFICER | KEY, **RESPONSE)

    theirs = await office.act(report, "responses", namesake | KEY, **RESPONSE)

    assert first.status_code == 200
    assert problem(theirs) == (404, "not_found")


async def test_whoever_has_lost_a_report_gets_of_a_repeat_what_get_gives(office: Office) -> None:
    for secret in (True, False):
        report = await office.made(Status.ASSIGNED, secret=secret)
        headers = OFFICER | {"Idempotency-Key": f"note-{secret}"}
        await office.act(report, "notes", headers, **BODIES["notes"])
        await office.done(report, "redirection", COORDINATOR)

        again = await office.act(report, "notes", headers, **BODIES["notes"])

        seen = await office.http.get(f"/v1/reports/{report}", headers=OFFICER)
        assert again.status_code == seen.status_code == (404 if secret else 200)
        assert again.json().get("body") is None
        assert again.json().get("holder") == seen.json().get("holder")


async def test_a_repeat_acts_once_and_shows_the_report_of_today(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    first = await office.act(report, "responses", OFFICER | KEY, **RESPONSE)
    await office.done(report, "notes", OFFICER)

    again = await office.act(report, "responses", OFFICER | KEY, **RESPONSE)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["version"] == first.json()["version"] + 1
    assert again.headers["ETag"] == f'"{again.json()["version"]}"'
    assert (await office.types(report)).count("report.responded") == 1


async def test_a_repeat_is_answered_though_its_agency_has_ended_since(office: Office) -> None:
    report = await office.made(Status.VERIFIED)
    headers = ADMIN | KEY
    first = await office.act(report, "disposition", headers, agency="SAMARINDA-PU")
    await office.execute("UPDATE agencies SET active = false WHERE code = 'SAMARINDA-PU'")

    again = await office.act(report, "disposition", headers, agency="SAMARINDA-PU")
    new = await office.act(report, "redirection", COORDINATOR, agency="SAMARINDA-PU")

    assert (first.status_code, again.status_code) == (200, 200)
    assert problem(new) == (422, "inactive_agency")


async def test_other_answers_are_sealed_and_open_for_the_same_key_alone(office: Office) -> None:
    officer = {"role": "liaison_officer", "name": "Siti Rahma", "email": "siti@example.id"}
    path, headers = "/v1/agencies/SAMARINDA-PU/officers", OPERATOR | KEY
    first = await office.http.post(path, json=officer, headers=headers)
    clear = "SELECT count(*) FROM idempotency_keys k WHERE k::text || encode(sealed, 'escape') ~ 'Siti|example'"

    again = await office.http.post(path, json=officer, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.text == first.text
    assert await office.scalar("SELECT count(*) FROM idempotency_keys WHERE sealed IS NOT NULL") == 1
    assert await office.scalar(clear) == 0


async def test_an_answer_that_was_tampered_with_is_not_given(office: Office) -> None:
    path, headers = "/v1/categories", OPERATOR | KEY
    body = {"code": "street-lights", "label": {"id": "Lampu", "en": "Lights"}}
    await office.http.post(path, json=body, headers=headers)
    await office.execute("UPDATE idempotency_keys SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)")

    again = await office.http.post(path, json=body, headers=headers)

    assert problem(again) == (409, "idempotency_answer_lost")


async def test_under_another_secret_of_the_system_a_key_is_a_new_one(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await office.act(report, "notes", OFFICER | KEY, **BODIES["notes"])
    office.settings(keys=SecretStr(Ring.make(KeyPurpose, now=NOON).as_text()))

    await office.act(report, "notes", OFFICER | KEY, **BODIES["notes"])

    assert (await office.types(report)).count("report.noted") == 2


async def test_a_change_that_is_safe_to_repeat_takes_no_key(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)

    answers = [
        await office.http.put(f"/v1/reports/{report}/public-text", json={"words": ["pasar"]}, headers=OFFICER | KEY)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await office.http.get(f"/v1/reports/{report}", headers=driving.SUPERVISOR)).status_code == 200
