"""What officers do with the files of a report: release, withhold, blacken, ask for some, show some with an answer."""

import os
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update

from routing_service.work.evidence.demanding import hold_what_lacks_evidence
from shared.database import Sessions
from shared.domain.evidence import EvidenceState, Variant
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from shared.schema import Category, Evidence, EvidenceReview, Message, Rendition, Report, StoredFile
from tests.factories import NOON
from tests.routing_service.driving import (
    ADMIN,
    COORDINATOR,
    HEAD,
    OFFICER,
    OTHER_COORDINATOR,
    OTHER_OFFICER,
    SUPERVISOR,
    Headers,
    Json,
    Office,
)

AREA = {"left": 10, "top": 20, "width": 100, "height": 50}
BY_AGENCY: Any = {"agency_code": "SAMARINDA-PU", "added_by": "liaison_officer:pu-1"}


async def added(office: Office, report: UUID, *, size: tuple[int, int] | None = (400, 300), **changes: Any) -> UUID:
    """A file of the reporter that is ready."""
    digest, evidence = os.urandom(32), uuid4()
    file = {"digest": digest, "size": 9, "location": f"files/{evidence.hex}", "wrapped_key": b"k", "key_id": "k"}
    row = {
        "id": evidence, "report_id": report, "file_digest": digest, "size": 9, "added_by": "reporter",
        "media_type": "image/jpeg" if size else "application/pdf", "state": EvidenceState.READY, "added_at": NOON,
    }  # fmt: skip
    async with office.transaction() as session:
        await session.execute(insert(StoredFile).values(file | {"stored_at": NOON}))
        await session.execute(insert(Evidence).values(row | changes))
        width, height = size or (None, None)
        made = {"variant": Variant.CLEAN, "width": width, "height": height, "media_type": "image/jpeg"}
        same = {"evidence_id": evidence, "file_digest": digest, "made_at": NOON}
        await session.execute(insert(Rendition).values(made | same))
    return evidence


async def review(office: Office, report: UUID, evidence: UUID, headers: Headers, **body: Any) -> Any:
    return await office.http.put(f"/v1/reports/{report}/evidence/{evidence}/review", json=body, headers=headers)


async def listed(office: Office, report: UUID, headers: Headers = COORDINATOR) -> list[Json]:
    items: list[Json] = (await office.get(f"/v1/reports/{report}/evidence", headers))["items"]
    return items


async def told(office: Office, report: UUID) -> list[str]:
    return [event.type.value for event in await office.history(report) if event.type.startswith("evidence.")]


async def test_a_verifier_releases_a_file_blackens_it_and_takes_both_back(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    evidence = await added(office, report, remarks=["taken_far_away"])

    released = await review(office, report, evidence, COORDINATOR, released=True, covered=[AREA, AREA])
    again = await review(office, report, evidence, COORDINATOR, released=True)
    (shown,) = await listed(office, report)
    back = await review(office, report, evidence, ADMIN, released=False, covered=[])

    assert (released.status_code, released.json()["covered"], released.json()["is_shown"]) == (200, [AREA], False)
    assert again.json() == released.json()  # and no event
    assert (shown["remarks"], shown["released"], shown["width"]) == (["taken_far_away"], True, 400)
    assert (back.json()["released"], back.json()["covered"]) == (False, [])
    assert await told(office, report) == [
        "evidence.covered", "evidence.released", "evidence.covered", "evidence.withheld"
    ]  # fmt: skip
    async with office.transaction() as session:
        assert (await session.scalars(select(EvidenceReview.covering))).one() == 2


async def test_who_works_on_a_report_may_hide_more_and_only_who_verifies_shows_more(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    evidence = await added(office, report)

    refused = await review(office, report, evidence, OFFICER, released=True)
    covered = await review(office, report, evidence, OFFICER, covered=[AREA])
    uncovered = await review(office, report, evidence, HEAD, covered=[])
    await review(office, report, evidence, COORDINATOR, released=True)
    withheld = await review(office, report, evidence, HEAD, released=False)

    for response in (refused, uncovered):
        assert (response.status_code, response.json()["code"]) == (403, "may_not_release")
    assert (covered.status_code, withheld.status_code) == (200, 200)
    for headers in (SUPERVISOR, OTHER_OFFICER, OTHER_COORDINATOR):
        assert (await review(office, report, evidence, headers, released=False)).status_code == 403


async def test_an_agency_releases_its_own_files(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    evidence = await added(office, report, **BY_AGENCY)

    assert (await review(office, report, evidence, OFFICER, released=True, covered=[AREA])).status_code == 200
    assert (await review(office, report, evidence, HEAD, covered=[])).status_code == 200


@pytest.mark.parametrize(
    ("changes", "body", "status", "code"),
    [
        ({}, {}, 422, "invalid"),
        ({}, {"covered": [AREA | {"left": 301}]}, 422, "outside_of_picture"),
        ({}, {"covered": [AREA | {"left": 300, "top": 250}]}, 200, None),
        ({}, {"covered": [AREA | {"width": 0}]}, 422, "invalid"),
        ({}, {"covered": [AREA] * 101}, 422, "invalid"),
        ({"size": None}, {"covered": [AREA]}, 422, "not_a_picture"),
        ({"size": None}, {"released": True}, 200, None),
        ({"state": "waiting"}, {"released": True}, 409, "evidence_not_ready"),
        ({"state": "quarantined"}, {"released": True}, 409, "evidence_not_usable"),
        ({"state": "refused"}, {"released": False}, 409, "evidence_not_usable"),
    ],
)
async def test_a_review_that_makes_no_sense_is_refused(
    office: Office, changes: Any, body: Any, status: int, code: str | None
) -> None:
    report = office.reports[Status.ASSIGNED]
    evidence = await added(office, report, **changes)

    response = await review(office, report, evidence, COORDINATOR, **body)

    assert (response.status_code, response.json().get("code")) == (status, code), response.text


async def test_a_review_of_another_reports_file_or_of_an_older_version_is_refused(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    evidence = await added(office, office.reports[Status.VERIFIED])
    mine = await added(office, report)

    elsewhere = await review(office, report, evidence, COORDINATOR, released=True)
    stale = await review(office, report, mine, COORDINATOR | {"If-Match": '"1"'}, released=True)

    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "unknown_evidence")
    assert stale.status_code == 412


async def test_only_who_reads_a_report_as_it_was_written_sees_its_files(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    await added(office, report)

    for headers in (ADMIN, COORDINATOR, OFFICER, SUPERVISOR):
        assert len(await listed(office, report, headers)) == 1
    response = await office.http.get(f"/v1/reports/{report}/evidence", headers=OTHER_OFFICER)
    assert response.status_code == 403


async def test_an_officer_asks_for_evidence_by_one_action(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]

    held = await office.act(report, "evidence-request", OFFICER)
    again = await office.act(report, "evidence-request", OFFICER)

    assert (held.status_code, held.json()["status"]) == (200, "awaiting_reporter")
    assert again.status_code == 409
    async with office.transaction() as session:
        questions = (await session.scalars(select(Message.body).where(Message.kind == "question"))).all()
    assert any(body.startswith("Mohon lampirkan foto") for body in questions)


async def test_a_file_of_the_reporter_resumes_the_report_whoever_asked(
    office: Office,
) -> None:
    asked, held = office.reports[Status.ASSIGNED], office.reports[Status.AWAITING_REPORTER]
    await office.act(asked, "evidence-request", OFFICER)
    data: Any = {"evidence": str(uuid4()), "by": "code"}

    await office.fact(asked, EventType.EVIDENCE_ADDED, **data | {"by": None, "agency": "SAMARINDA-PU"})
    before = await office.status(asked)
    await office.fact(asked, EventType.EVIDENCE_ADDED, **data)
    await office.fact(held, EventType.EVIDENCE_ADDED, **data)

    assert before is Status.AWAITING_REPORTER
    assert await office.status(asked) is Status.ASSIGNED
    assert await office.status(held) is not Status.AWAITING_REPORTER


async def test_whoever_sends_the_photo_as_the_time_runs_out_is_not_archived(office: Office) -> None:
    report = office.reports[Status.AWAITING_REPORTER]
    opened = next(event.seq for event in reversed(await office.history(report)) if "to" in event.data)
    late: Any = {"stage": "reporter_completion", "opened_seq": opened, "action": "archive"}
    elapsed = await office.record(report, EventType.CLOCK_ELAPSED, **late)
    sent = await office.record(report, EventType.EVIDENCE_ADDED, evidence=str(uuid4()), by="code")

    await office.deliver(elapsed)
    before = await office.status(report)
    await office.deliver(sent)

    assert before is Status.AWAITING_REPORTER
    assert await office.status(report) not in (Status.AWAITING_REPORTER, Status.ARCHIVED)


async def test_evidence_is_not_asked_for_where_there_is_some(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    refused = await added(office, report, state=EvidenceState.REFUSED)
    async with office.transaction() as session:
        await session.execute(update(Evidence).where(Evidence.id == refused).values(state=EvidenceState.READY))

    response = await office.act(report, "evidence-request", OFFICER)

    assert (response.status_code, response.json()["code"]) == (409, "evidence_is_there")


async def test_what_lacks_its_evidence_is_held_once_after_a_while(busy: Office, sessions: Sessions) -> None:
    now = busy.clock.now + timedelta(days=1)
    async with busy.transaction() as session:
        await session.execute(update(Category).where(Category.code == "roads.damage").values(needs_evidence=True))
        await session.execute(text("DELETE FROM evidence"))
    lacking = await busy.report(recorded_at=now - timedelta(hours=1), received_at=now - timedelta(hours=1))
    young = await busy.report(recorded_at=now, received_at=now)
    other = await busy.report(category_code="health")
    shown = await busy.report()
    await added(busy, shown)

    held = await hold_what_lacks_evidence(sessions, wait=timedelta(hours=1), now=now)
    again = await hold_what_lacks_evidence(sessions, wait=timedelta(hours=1), now=now)

    assert held >= 1
    assert again == 0
    assert await busy.status(lacking) is Status.AWAITING_REPORTER
    assert [await busy.status(one) for one in (young, other, shown)] == [Status.RECEIVED] * 3
    async with busy.transaction() as session:
        assert await session.scalar(select(Report.held_from).where(Report.id == lacking)) is Status.RECEIVED


async def test_an_answer_shows_files_of_its_agency_and_releases_them(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    own, theirs = await added(office, report, **BY_AGENCY), await added(office, report)
    bad = await added(office, report, **BY_AGENCY, state=EvidenceState.QUARANTINED)
    body = {"body": "Sudah ditambal.", "final": False}

    foreign = await office.act(report, "responses", OFFICER, **body, evidence=[str(own), str(theirs)])
    unknown = await office.act(report, "responses", OFFICER, **body, evidence=[str(uuid4())])
    gone = await office.act(report, "responses", OFFICER, **body, evidence=[str(bad)])
    done = await office.act(report, "responses", OFFICER, **body, evidence=[str(own)] * 2, release_evidence=True)

    assert (foreign.status_code, foreign.json()["code"]) == (422, "foreign_evidence")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_evidence")
    assert (gone.status_code, gone.json()["code"]) == (409, "evidence_not_usable")
    assert done.status_code == 200, done.text
    detail = await office.get(f"/v1/reports/{report}", OFFICER)
    (answer,) = [one for one in detail["messages"] if one["evidence"]]
    assert answer["evidence"] == [str(own)]
    item = next(one for one in await listed(office, report) if one["id"] == str(own))
    assert (item["answers"], item["released"]) == ([answer["id"]], True)
    assert "evidence.released" in await told(office, report)
