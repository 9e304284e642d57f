"""What each action checks, stores and tells, beyond who may take it and from where."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from shared.clients import Role
from shared.domain.lifecycle import Classification, Status
from shared.domain.regions import WITA
from shared.ids import salted_digest
from shared.log.events import EventType
from shared.schema import Agency
from tests.factories import NOON, bearer
from tests.routing_service.driving import ADMIN, BODIES, COORDINATOR, FINAL, OFFICER, Office

IMPORTER = bearer(Role.NATIONAL_ADMIN, sub="importer", scopes=("reports:import",))


# --- verification ------------------------------------------------------------------------------------------


async def test_a_verification_sets_what_the_verifier_made_of_the_report(office: Office) -> None:
    report = await office.report(classification=Classification.COMPLAINT, category_code=None)

    answer = await office.done(
        report,
        "verification",
        ADMIN,
        title="  Jalan rusak ",
        category="roads",
        subject="roads",
        supervisory=True,
        secret=True,
    )

    assert (answer["title"], answer["category"], answer["supervisory"]) == ("Jalan rusak", "roads", True)
    assert answer["subject"] == "roads"
    assert (answer["secret"], answer["anonymous"]) == (True, False)
    event = await office.last(report)
    assert event.type is EventType.REPORT_VERIFIED
    assert dict(event.data) == {
        "from": "received", "to": "verified", "holder": {"level": "national", "agency": None}, "agency": None,
        "time_zone": WITA, "province": "64", "regency": "64.72", "classification": "complaint", "supervisory": True,
        "category": "roads", "subject": "roads", "anonymous": False, "secret": True, "published_at": None,
        "digests": {"title": salted_digest(await office.value(report, "salt"), "title", "Jalan rusak")},
    }  # fmt: skip
    assert event.actor == "national_admin:pusat-1"


async def test_a_verification_without_a_body_keeps_everything_and_makes_the_title_verified(office: Office) -> None:
    report = await office.report(anonymous=True)

    response = await office.http.post(f"/v1/reports/{report}/verification", headers=ADMIN)

    assert response.status_code == 200, response.text
    assert (response.json()["title"], response.json()["anonymous"]) == ("Jalan berlubang", True)
    assert await office.value(report, "verified_title") == "Jalan berlubang"


@pytest.mark.parametrize("field", ["anonymous", "secret"])
async def test_anonymous_and_secret_are_never_loosened(office: Office, field: str) -> None:
    report = await office.report(**{field: True})

    response = await office.act(report, "verification", ADMIN, **{field: False})

    assert_problem(response, 422, "cannot_loosen", f"/{field}")
    assert await office.value(report, field) is True


async def test_only_a_complaint_is_supervisory(office: Office) -> None:
    report = await office.report()

    response = await office.act(report, "verification", ADMIN, classification="aspiration", supervisory=True)

    assert_problem(response, 422, "supervisory_needs_complaint", "/supervisory")


async def test_a_complaint_that_becomes_an_aspiration_is_supervisory_no_more(office: Office) -> None:
    report = await office.report(supervisory=True)

    answer = await office.done(report, "verification", ADMIN, classification="aspiration")

    assert (answer["classification"], answer["supervisory"]) == ("aspiration", False)


# --- correction --------------------------------------------------------------------------------------------


async def test_a_correction_changes_the_class_and_says_so_without_a_status(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]

    answer = await office.done(
        report,
        "correction",
        COORDINATOR,
        classification="complaint",
        supervisory=True,
        category="health",
        subject="health",
    )

    assert (answer["classification"], answer["supervisory"], answer["category"]) == ("complaint", True, "health")
    assert answer["status"] == "assigned"
    event = await office.last(report)
    assert event.type is EventType.REPORT_CORRECTED
    assert dict(event.data) == {
        "classification": "complaint", "supervisory": True, "category": "health", "subject": "health",
    }  # fmt: skip
    assert event.actor == "coordinator:samarinda-1"


async def test_a_correction_leaves_what_it_does_not_name(office: Office) -> None:
    report = office.reports[Status.VERIFIED]
    before = await office.get(f"/v1/reports/{report}", ADMIN)

    answer = await office.done(report, "correction", ADMIN, classification=None, supervisory=True)

    for field in ("classification", "category", "title", "anonymous", "secret", "status"):
        assert answer[field] == before[field]
    assert answer["supervisory"] is True


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"classification": "aspiration", "supervisory": True}, "supervisory_needs_complaint", "/supervisory"),
        ({"category": "no-such"}, "unknown_category", "/category"),
        ({}, "invalid", "/"),
        ({"classification": "praise"}, "invalid", "/classification"),
        ({"title": "Lain"}, "invalid", "/title"),
    ],
)
async def test_a_correction_that_makes_no_sense_is_refused(
    office: Office, body: dict[str, Any], code: str, pointer: str
) -> None:
    report = office.reports[Status.ASSIGNED]

    response = await office.act(report, "correction", COORDINATOR, **body)

    assert_problem(response, 422, code, pointer)
    assert (await office.last(report)).type is EventType.REPORT_ASSIGNED


async def test_what_was_held_before_it_was_verified_has_nothing_to_correct(office: Office) -> None:
    report = await office.report()
    await office.done(report, "hold", ADMIN)

    response = await office.act(report, "correction", ADMIN, classification="aspiration")

    assert (response.status_code, response.json()["code"]) == (409, "illegal_transition")


# --- forwarding, disposition, redirection, return ----------------------------------------------------------


async def test_forwarding_hands_the_report_to_the_coordinator_of_the_instansi_and_publishes_it(office: Office) -> None:
    report = await office.report()
    await office.done(report, "verification", ADMIN)
    assert await office.value(report, "published_at") is None
    office.clock.advance(hours=1)

    answer = await office.done(report, "forwarding", ADMIN)

    assert (answer["status"], answer["agency"]) == ("verified", None)
    assert answer["holder"] == {"level": "coordinator", "agency": "SAMARINDA"}
    assert await office.value(report, "published_at") == office.clock.now


async def test_a_report_is_forwarded_to_an_instansi_only(office: Office) -> None:
    report = await office.made(Status.VERIFIED)

    assert_problem(
        await office.act(report, "forwarding", ADMIN, agency="BALIKPAPAN-PU"), 422, "not_an_instansi", "/agency"
    )
    assert_problem(await office.act(report, "forwarding", ADMIN, agency="SAMARINDA"), 422, "same_agency", "/agency")


@pytest.mark.parametrize(
    ("action", "status", "field"),
    [
        ("forwarding", Status.VERIFIED, "agency"),
        ("disposition", Status.VERIFIED, "agency"),
        ("redirection", Status.ASSIGNED, "agency"),
        ("returns", Status.ASSIGNED, "suggested_agency"),
    ],
)
async def test_an_agency_that_is_not_in_the_registry_is_refused(
    office: Office, action: str, status: Status, field: str
) -> None:
    body = BODIES[action] | {field: "NOWHERE"}

    response = await office.act(office.reports[status], action, COORDINATOR, **body)

    assert_problem(response, 422, "unknown_agency", f"/{field}")


async def test_an_agency_out_of_service_gets_nothing_new(office: Office) -> None:
    async with office.transaction() as session:
        await session.execute(update(Agency).where(Agency.code == "SAMARINDA-PU").values(active=False))

    response = await office.act(office.reports[Status.VERIFIED], "disposition", COORDINATOR, agency="SAMARINDA-PU")

    assert_problem(response, 422, "inactive_agency", "/agency")


@pytest.mark.parametrize(("action", "status"), [("disposition", Status.VERIFIED), ("redirection", Status.ASSIGNED)])
async def test_a_coordinator_assigns_inside_its_own_instansi_only(office: Office, action: str, status: Status) -> None:
    response = await office.act(office.reports[status], action, COORDINATOR, agency="BALIKPAPAN-PU")

    assert (response.status_code, response.json()["code"]) == (403, "outside_subtree")


async def test_the_national_administrator_disposes_to_any_agency(office: Office) -> None:
    report = office.reports[Status.VERIFIED]

    answer = await office.done(report, "disposition", ADMIN, agency="BALIKPAPAN-PU")

    assert answer["holder"] == {"level": "agency", "agency": "BALIKPAPAN-PU"}


async def test_a_redirection_names_the_agency_before_and_keeps_the_first_publication(office: Office) -> None:
    report = office.reports[Status.IN_PROGRESS]
    published_at = await office.value(report, "published_at")
    office.clock.advance(days=1)

    answer = await office.done(report, "redirection", COORDINATOR, note="Urusan dinas kesehatan.")

    assert (answer["status"], answer["agency"]) == ("assigned", "SAMARINDA-DINKES")
    data = (await office.last(report)).data
    assert (data["agency"], data["previous_agency"]) == ("SAMARINDA-DINKES", "SAMARINDA-PU")
    assert await office.value(report, "published_at") == published_at
    assert "kesehatan" not in str(data)
    assert await said(office, data) == ("note", "Urusan dinas kesehatan.")


async def test_nobody_starts_the_clocks_anew_by_redirecting_to_the_same_agency(office: Office) -> None:
    response = await office.act(office.reports[Status.ASSIGNED], "redirection", COORDINATOR, agency="SAMARINDA-PU")

    assert_problem(response, 422, "same_agency", "/agency")


async def test_returns_climb_one_level_at_a_time(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]

    await office.done(report, "returns", OFFICER, suggested_agency="SAMARINDA-DINKES")
    first = await office.last(report)
    answer = await office.done(report, "returns", COORDINATOR, reason="other_region", suggested_agency="BALIKPAPAN")

    assert first.data["holder"] == {"level": "coordinator", "agency": "SAMARINDA"}
    assert (first.data["previous_agency"], first.data["agency"]) == ("SAMARINDA-PU", None)
    assert (first.data["reason"], first.data["suggested_agency"]) == ("not_our_authority", "SAMARINDA-DINKES")
    second = (await office.last(report)).data
    assert (second["holder"]["level"], second["previous_agency"]) == ("national", "SAMARINDA")
    assert (answer["status"], await office.value(report, "holder_agency_code")) == ("verified", None)


async def test_nothing_is_returned_after_a_response(office: Office) -> None:
    response = await office.act(office.reports[Status.IN_PROGRESS], "returns", OFFICER, **BODIES["returns"])

    assert (response.status_code, response.json()["code"]) == (409, "illegal_transition")


# --- words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status", "headers", "body", "kind", "agency"),
    [
        ("responses", Status.ASSIGNED, OFFICER, {}, "response", "SAMARINDA-PU"),
        ("responses", Status.ASSIGNED, COORDINATOR, FINAL, "final_response", "SAMARINDA-PU"),
        ("hold", Status.ASSIGNED, OFFICER, {}, "question", "SAMARINDA-PU"),
        ("answer", Status.VERIFIED, COORDINATOR, {}, "final_response", "SAMARINDA"),
        ("notes", Status.ASSIGNED, ADMIN, {}, "note", None),
        ("archive", Status.VERIFIED, COORDINATOR, {"note": "Terlalu umum."}, "note", "SAMARINDA"),
    ],
)
async def test_words_are_kept_beside_the_log_and_only_their_salted_digest_in_it(
    office: Office, action: str, status: Status, headers: Any, body: Any, kind: str, agency: str | None
) -> None:
    report = office.reports[status]
    sent = BODIES[action] | body

    await office.done(report, action, headers, **body)

    data = (await office.last(report)).data
    words = sent.get("note") or sent.get("body") or sent["question"]
    assert await said(office, data) == (kind, words)
    assert words not in str(data)
    salt = await office.scalar("SELECT salt FROM messages WHERE id = :id", id=data["message"])
    assert data["digest"] == salted_digest(salt, words)
    assert await office.scalar("SELECT agency_code FROM messages WHERE id = :id", id=data["message"]) == agency


@pytest.mark.parametrize(("body", "direct"), [(FINAL, False), (None, True)])
async def test_an_answer_says_whether_it_came_from_the_holder_directly(office: Office, body: Any, direct: bool) -> None:
    report = office.reports[Status.VERIFIED if direct else Status.ASSIGNED]

    if direct:
        await office.done(report, "answer", COORDINATOR)
    else:
        await office.done(report, "responses", COORDINATOR, **body)

    assert (await office.last(report)).type is EventType.REPORT_ANSWERED
    assert (await office.last(report)).data["direct"] is direct


@pytest.mark.parametrize(
    ("action", "status", "behalf"),
    [
        ("responses", Status.ASSIGNED, "SAMARINDA-PU"),
        ("returns", Status.ASSIGNED, "SAMARINDA-PU"),
        ("hold", Status.IN_PROGRESS, "SAMARINDA-PU"),
        ("resumption", Status.AWAITING_REPORTER, "SAMARINDA-PU"),
        ("redirection", Status.ASSIGNED, None),
        ("hold", Status.VERIFIED, None),
    ],
)
async def test_the_event_says_for_which_agency_a_coordinator_acted(
    office: Office, action: str, status: Status, behalf: str | None
) -> None:
    report = office.reports[status]

    await office.done(report, action, COORDINATOR)

    assert (await office.last(report)).data.get("on_behalf_of") == behalf


async def test_an_event_carries_the_zone_of_the_agency_that_holds_the_report(office: Office) -> None:
    async with office.transaction() as session:
        await session.execute(
            update(Agency).where(Agency.code == "SAMARINDA-PU").values(time_zone="Asia/Jayapura", region_code="35")
        )
    report = await office.report(region_code=None)

    await office.done(report, "verification", ADMIN)
    nowhere = (await office.last(report)).data
    await office.done(report, "disposition", ADMIN)
    assigned = (await office.last(report)).data

    assert (nowhere["time_zone"], nowhere["province"]) == ("Asia/Jakarta", None)
    assert (assigned["time_zone"], assigned["province"], assigned["regency"]) == ("Asia/Jayapura", "35", None)


async def test_an_agency_without_a_region_keeps_the_days_off_of_its_instansi(office: Office) -> None:
    async with office.transaction() as session:
        await session.execute(update(Agency).where(Agency.code == "SAMARINDA-PU").values(region_code=None))
    report = await office.report(region_code=None)

    await office.done(report, "verification", ADMIN)
    await office.done(report, "disposition", ADMIN)

    assigned = (await office.last(report)).data
    assert (assigned["province"], assigned["regency"]) == ("64", "64.72")


# --- after an appeal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["verification", "archive"])
async def test_after_an_appeal_another_officer_decides(office: Office, action: str) -> None:
    report = await office.made(Status.ARCHIVED)
    await office.fact(report, EventType.REPORTER_APPEALED)

    refused = await office.act(report, action, COORDINATOR, **BODIES[action])
    colleague = bearer(Role.COORDINATOR, sub="samarinda-2", agency="SAMARINDA")
    taken = await office.act(report, action, colleague, **BODIES[action])

    assert (refused.status_code, refused.json()["code"]) == (403, "another_officer_decides")
    assert taken.status_code == 200, taken.text


# --- version, idempotency, names of reports ----------------------------------------------------------------


async def test_the_answer_carries_the_version_that_the_next_action_may_insist_on(office: Office) -> None:
    report = await office.report()
    first = await office.http.get(f"/v1/reports/{report}", headers=ADMIN)

    taken = await office.http.post(
        f"/v1/reports/{report}/verification", headers=ADMIN | {"If-Match": first.headers["ETag"]}
    )
    stale = await office.http.post(
        f"/v1/reports/{report}/archive", json=BODIES["archive"], headers=ADMIN | {"If-Match": first.headers["ETag"]}
    )

    assert first.headers["ETag"].startswith('"1.work.')
    assert (taken.headers["ETag"], taken.json()["version"]) == ('"2"', 2)
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")


async def test_what_the_monitor_records_does_not_change_the_version(office: Office) -> None:
    report = await office.report()
    await office.record(report, EventType.CLOCK_BREACHED, stage="verification")

    response = await office.http.post(f"/v1/reports/{report}/verification", headers=ADMIN | {"If-Match": '"1"'})

    assert response.status_code == 200, response.text
    assert response.headers["ETag"] == '"3"'


async def test_the_same_key_and_body_get_the_first_answer_again(office: Office) -> None:
    report = await office.report()
    headers = ADMIN | {"Idempotency-Key": "k-1"}

    first = await office.act(report, "notes", headers, body="Satu.")
    again = await office.act(report, "notes", headers, body="Satu.")
    other = await office.act(report, "notes", headers, body="Dua.")

    assert (again.status_code, again.text) == (200, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await office.types(report) == ["report.received", "report.noted"]


async def test_a_refused_action_may_be_tried_again_with_its_key(office: Office) -> None:
    report = await office.report()
    headers = ADMIN | {"Idempotency-Key": "k-2"}

    refused = await office.act(report, "disposition", headers, agency="SAMARINDA-PU")
    await office.done(report, "verification", ADMIN)
    taken = await office.act(report, "disposition", headers, agency="SAMARINDA-PU")

    assert (refused.status_code, taken.status_code) == (409, 200)


async def test_a_report_goes_by_its_tracking_number_too(office: Office) -> None:
    report = await office.report()
    number = await office.value(report, "tracking_number")

    answer = await office.done(number, "verification", ADMIN)

    assert (answer["id"], answer["tracking_number"]) == (str(report), number)


@pytest.mark.parametrize(
    "reference", ["0190b0d2-0000-7000-8000-000000000000", "0000000000", "1234567890", "nonsense", "٠١٢٣٤٥٦٧٨٩"]
)
async def test_a_report_that_is_not_there_is_not_found(office: Office, reference: str) -> None:
    acted = await office.act(reference, "verification", ADMIN)
    read = await office.http.get(f"/v1/reports/{reference}", headers=ADMIN)

    assert [(one.status_code, one.json()["code"]) for one in (acted, read)] == [(404, "not_found")] * 2


# --- historical import -------------------------------------------------------------------------------------


async def test_an_import_gives_each_action_its_real_instant(office: Office) -> None:
    received = NOON - timedelta(days=400)
    report = await office.report(received_at=received, imported=True)
    answered = received + timedelta(days=3)

    await office.done(report, "verification", IMPORTER, occurred_at=received.isoformat())
    await office.done(report, "disposition", IMPORTER, occurred_at=received.isoformat())
    officer = bearer(Role.LIAISON_OFFICER, sub="importer", agency="SAMARINDA-PU", scopes=("reports:import",))
    await office.done(report, "responses", officer, occurred_at=answered.isoformat())

    history = await office.history(report)
    assert [event.occurred_at for event in history] == [received, received, received, answered]
    assert {event.recorded_at for event in history[1:]} == {office.clock.now}
    assert await office.value(report, "published_at") == received


@pytest.mark.parametrize(
    ("offset", "status", "code"),
    [
        (timedelta(0), 200, None),
        (timedelta(microseconds=1), 422, "occurred_in_future"),
        (timedelta(days=-1), 200, None),
        (timedelta(days=-1, microseconds=-1), 422, "occurred_too_early"),
    ],
)
async def test_an_imported_instant_lies_between_the_stage_and_now(
    office: Office, offset: timedelta, status: int, code: str | None
) -> None:
    report = await office.report(received_at=NOON - timedelta(days=1))

    response = await office.act(report, "verification", IMPORTER, occurred_at=(NOON + offset).isoformat())

    assert response.status_code == status, response.text
    if code is not None:
        assert_problem(response, 422, code, "/occurred_at")


async def test_facts_of_the_reporter_and_the_monitor_do_not_restrict_an_import(office: Office) -> None:
    received = NOON - timedelta(days=10)
    report = await office.report(received_at=received)
    await office.record(report, EventType.CLOCK_BREACHED, stage="verification")
    await office.fact(report, EventType.REPORTER_REPLIED)

    await office.done(report, "verification", IMPORTER, occurred_at=received.isoformat())

    assert (await office.last(report)).occurred_at == received


async def test_nobody_back_dates_an_action_without_the_scope(office: Office) -> None:
    report = await office.report(received_at=NOON - timedelta(days=10))

    response = await office.act(report, "verification", ADMIN, occurred_at=NOON.isoformat())

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


async def test_an_action_never_counts_before_a_receipt_whose_clock_ran_fast(office: Office) -> None:
    soon = NOON + timedelta(minutes=2)
    report = await office.report(received_at=soon)

    await office.done(report, "verification", ADMIN)

    assert (await office.last(report)).occurred_at == soon
    assert (await office.last(report)).recorded_at == NOON


# --- helpers -----------------------------------------------------------------------------------------------


def assert_problem(response: Any, status: int, code: str, pointer: str) -> None:
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), response.text
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def said(office: Office, data: Any) -> tuple[str, str]:
    async with office.transaction() as session:
        row = (
            await session.execute(text("SELECT kind, body FROM messages WHERE id = :id"), {"id": data["message"]})
        ).one()
    return row.kind, row.body
