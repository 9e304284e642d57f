"""An answer that was wrong is put right by a later one; both stay, and the reporter has time anew."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.factories import a_rule_set
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

S, E = Status, EventType
GOOD: Json = {"score": 5, "resolved": True, "poor": False}
POOR: Json = {"score": 1, "resolved": False, "poor": True}
RIGHT = "Ralat: Pak Budi Santoso membuka loket pukul delapan."


async def answer_of(office: Office, report: UUID) -> str:
    """The message of the last response."""
    seen = await office.get(f"/v1/reports/{report}", COORDINATOR)
    return next(str(one["id"]) for one in reversed(seen["messages"]) if one["kind"] == "final_response")


async def put_right(office: Office, headers: Headers = OFFICER, **body: Any) -> Any:
    report = office.reports[S.ANSWERED]
    return await office.act(
        report, "corrections", headers, **({"message": await answer_of(office, report), "body": RIGHT} | body)
    )


async def test_both_stay_and_the_first_one_is_marked(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    wrong = await answer_of(office, report)

    answer = await put_right(office)

    assert (answer.status_code, answer.json()["status"]) == (200, "answered")
    first, second = (await office.get(f"/v1/reports/{report}", OFFICER))["messages"]
    assert (first["id"], first["corrected_by"], first["corrects"]) == (wrong, second["id"], None)
    assert (second["body"], second["corrects"], second["corrected_by"]) == (RIGHT, wrong, None)
    event = await office.last(report)
    assert event.type is E.REPORT_RESPONDED
    assert {name: event.data[name] for name in ("from", "to", "corrects", "message")} == {
        "from": "answered", "to": "answered", "corrects": wrong, "message": second["id"],
    }  # fmt: skip


async def test_the_public_reads_it_masked(office: Office) -> None:
    await put_right(office)

    seen = await office.get(f"/v1/reports/{office.reports[S.ANSWERED]}", OTHER_COORDINATOR)

    assert "Budi" not in str(seen)
    assert seen["messages"][-1]["body"].startswith("Ralat: Pak [nama]")


@pytest.mark.parametrize(
    ("headers", "status"),
    [(OFFICER, 200), (HEAD, 200), (COORDINATOR, 200), (ADMIN, 403), (OTHER_OFFICER, 403), (SUPERVISOR, 403)],
)
async def test_whoever_answered_puts_it_right_or_the_coordinator_for_it(
    office: Office, headers: Headers, status: int
) -> None:
    answer = await put_right(office, headers)

    assert answer.status_code == status, answer.text
    if headers is COORDINATOR:
        assert (await office.last(office.reports[S.ANSWERED])).data["on_behalf_of"] == "SAMARINDA-PU"


async def test_the_national_administrator_puts_right_what_they_answered_themselves(office: Office) -> None:
    report = office.reports[S.RECEIVED]
    await office.done(report, "verification", ADMIN)
    await office.done(report, "answer", ADMIN)
    wrong = next(event for event in reversed(await office.history(report))).data["message"]

    assert (await office.act(report, "corrections", ADMIN, message=wrong, body=RIGHT)).status_code == 200


@pytest.mark.parametrize("status", sorted(set(Status) - {S.ANSWERED}))
async def test_only_while_the_reporter_may_react(office: Office, status: Status) -> None:
    refused = await office.act(office.reports[status], "corrections", ADMIN, message=str(uuid4()), body=RIGHT)

    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


async def test_a_response_is_put_right_once_and_then_the_later_one(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    wrong = await answer_of(office, report)
    await put_right(office, message=wrong)

    again = await put_right(office, message=wrong)
    later = await answer_of(office, report)
    the_later = await put_right(office, message=later)

    assert (again.status_code, again.json()["code"]) == (409, "already_corrected")
    assert later in again.json()["detail"]
    assert the_later.status_code == 200


@pytest.mark.parametrize("kind", ["nobody's", "a note", "another report's"])
async def test_what_is_no_response_of_this_report_is_not_put_right(office: Office, kind: str) -> None:
    report, other = office.reports[S.ANSWERED], office.reports[S.CLOSED]
    await office.done(report, "notes", OFFICER)
    note = (await office.last(report)).data["message"]
    message = {"nobody's": str(uuid4()), "a note": note, "another report's": await answer_of(office, other)}[kind]

    refused = await put_right(office, message=message)

    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_message")
    assert refused.json()["errors"][0]["pointer"] == "/message"


async def test_what_another_agency_answered_is_for_that_one_to_put_right(office: Office) -> None:
    report = office.reports[S.IN_PROGRESS]
    of_another = (await office.last(report)).data["message"]
    await office.done(report, "redirection", COORDINATOR)
    await office.done(report, "responses", OTHER_OFFICER, body="Selesai.", final=True)

    refused = await office.act(report, "corrections", OTHER_OFFICER, message=of_another, body=RIGHT)

    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_response")


@pytest.mark.parametrize("body", [{"body": ""}, {"message": "x"}, {"body": None}, {"more": 1}])
async def test_a_bad_body_is_refused_and_nothing_written(office: Office, body: Json) -> None:
    before = await office.types(office.reports[S.ANSWERED])

    assert (await put_right(office, **body)).status_code == 422
    assert await office.types(office.reports[S.ANSWERED]) == before


async def test_it_heeds_the_version_and_is_done_once_under_a_key(office: Office) -> None:
    report = office.reports[S.ANSWERED]

    stale = await put_right(office, OFFICER | {"If-Match": '"1"'})
    keyed = OFFICER | {"Idempotency-Key": "ralat-1"}
    message = await answer_of(office, report)
    first = await put_right(office, keyed, message=message)
    again = await put_right(office, keyed, message=message)

    assert (stale.status_code, first.status_code, again.status_code) == (412, 200, 200)
    assert (await office.types(report)).count("report.responded") == 1


# --- what the reporter has done, or does -----------------------------------------------------------------------


async def test_silence_counts_from_the_later_response(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    first = (await office.last(report)).seq
    office.clock.advance(days=5)
    await put_right(office)

    await office.fact(report, E.CLOCK_ELAPSED, stage="reporter_reply", opened_seq=first, action="close")
    assert await office.status(report) is S.ANSWERED
    await office.elapsed(report, "reporter_reply", "close", office.clock.now + timedelta(days=14))

    assert await office.status(report) is S.CLOSED


async def test_silence_after_a_merge_was_taken_back_still_closes(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    await put_right(office)
    opened = (await office.last(report)).seq
    await office.done(report, "merge", COORDINATOR)
    await office.done(report, "unmerge", COORDINATOR)

    await office.fact(report, E.CLOCK_ELAPSED, stage="reporter_reply", opened_seq=opened, action="close")

    assert await office.status(report) is S.CLOSED


@pytest.mark.parametrize(
    ("type", "data", "status"),
    [
        (E.REPORTER_RATED, GOOD, S.ANSWERED),
        (E.REPORTER_RATED, POOR, S.IN_PROGRESS),
        (E.REPORTER_REPLIED, {}, S.IN_PROGRESS),
    ],
)
async def test_what_was_said_of_the_wrong_response_closes_nothing_and_a_dispute_stands(
    office: Office, type: EventType, data: Json, status: Status
) -> None:
    report = office.reports[S.ANSWERED]
    said = await office.record(report, type, **data)
    await put_right(office)

    await office.deliver(said)

    assert await office.status(report) is status


async def test_a_good_rating_of_the_right_response_closes(office: Office) -> None:
    await put_right(office)

    await office.fact(office.reports[S.ANSWERED], E.REPORTER_RATED, **GOOD)

    assert await office.status(office.reports[S.ANSWERED]) is S.CLOSED


async def test_of_two_officers_at_once_one_puts_it_right(busy: Office) -> None:
    report = await busy.made(S.ANSWERED)
    message = await answer_of(busy, report)

    answers = await asyncio.gather(
        *(busy.act(report, "corrections", OFFICER, message=message, body=RIGHT) for _ in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


# --- why it was archived ---------------------------------------------------------------------------------------


async def test_an_archiving_tells_its_reporter_why_and_nobody_outside(office: Office) -> None:
    report = office.reports[S.VERIFIED]

    await office.done(
        report, "archive", COORDINATOR, reason="too_general", explanation="Sebutkan jalannya.", note="Sudah ditelepon."
    )

    noted, archived = (await office.history(report))[-2:]
    told = {one["id"]: one for one in (await office.get(f"/v1/reports/{report}", COORDINATOR))["messages"]}
    assert (noted.type, told[noted.data["message"]]["kind"]) == (E.REPORT_NOTED, "note")
    assert archived.type is E.REPORT_ARCHIVED
    assert told[archived.data["message"]]["body"] == "Sebutkan jalannya."
    for outside in (OTHER_COORDINATOR, OTHER_OFFICER):
        assert "Sebutkan" not in str(await office.get(f"/v1/reports/{report}", outside))


# --- another category ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "named"), [("health", "SAMARINDA-DINKES"), ("roads", None)], ids=["another's", "its own"]
)
async def test_whoever_corrects_the_category_is_told_which_agency_is_competent_now(
    office: Office, category: str, named: str | None
) -> None:
    async with office.transaction() as session:
        await a_rule_set(
            session,
            ({"category": ["health"]}, {"agency": "SAMARINDA-DINKES"}),
            ({"category": ["roads"]}, {"agency": "SAMARINDA-PU"}),
        )
    report = office.reports[S.IN_PROGRESS]

    view = await office.done(report, "correction", COORDINATOR, classification="complaint", category=category)

    told = view["suggestion"]
    assert (told and told["agency"]) == named
    assert told is None or told["text"]
    assert view["agency"] == "SAMARINDA-PU"


async def test_a_correction_that_leaves_it_unclear_whose_it_is_suggests_nobody(office: Office) -> None:
    view = await office.done(office.reports[S.ASSIGNED], "correction", COORDINATOR, classification="aspiration")

    assert view["suggestion"] is None


@pytest.mark.parametrize(
    ("type", "data", "closed"),
    [(E.REPORTER_RATED, GOOD, True), (E.REPORTER_RATED, POOR, False), (E.REPORTER_REPLIED, {}, False)],
)
async def test_silence_closes_over_a_good_rating_of_the_wrong_response_and_over_no_dispute_that_is_on_its_way(
    office: Office, type: EventType, data: Json, closed: bool
) -> None:
    report = office.reports[S.ANSWERED]
    await office.record(report, type, **data)
    await put_right(office)

    await office.elapsed(report, "reporter_reply", "close")

    assert await office.status(report) is (S.CLOSED if closed else S.ANSWERED)
