"""Reports about the same thing: merged, and parted again."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.audit import verify
from shared.clients import Role
from shared.domain.lifecycle import Action, Level, Status, move
from shared.errors import IllegalTransition
from shared.log.events import EventType
from shared.log.payloads import fold
from tests.factories import DAY, NOON, bearer
from tests.routing_service.driving import (
    ADMIN,
    COORDINATOR,
    INSTANSI,
    OFFICER,
    OTHER_COORDINATOR,
    OTHER_OFFICER,
    SUPERVISOR,
    Office,
)

S = Status
HELD = {"holder_level": Level.COORDINATOR, "holder_agency_code": INSTANSI}


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def older(office: Office, status: Status = S.ASSIGNED, **changes: Any) -> UUID:
    return await office.made(status, received_at=NOON - DAY, **changes)


async def merged(office: Office, report: UUID, into: UUID, **body: Any) -> Any:
    return await office.done(report, "merge", COORDINATOR, into=str(into), **body)


# --- what a merge does ---------------------------------------------------------------------------------------


async def test_a_merge_tells_both_histories_of_the_other_and_leaves_the_holder(office: Office) -> None:
    survivor, report = await older(office), office.reports[S.IN_PROGRESS]

    view = await merged(office, report, survivor)

    assert (view["status"], view["merged_into"], view["merged_from"]) == ("merged", str(survivor), "in_progress")
    assert view["holder"] == {"level": "agency", "agency": "SAMARINDA-PU"}
    event, joined = await office.last(report), await office.last(survivor)
    assert (event.type, event.data["from"], event.data["to"]) == (EventType.REPORT_MERGED, "in_progress", "merged")
    assert (event.data["into"], event.data["holder"], event.data["agency"]) == (
        str(survivor), {"level": "agency", "agency": "SAMARINDA-PU"}, "SAMARINDA-PU",
    )  # fmt: skip
    assert (joined.type, joined.data) == (EventType.REPORT_JOINED, {"other": str(report)})
    assert await office.status(survivor) is S.ASSIGNED


async def test_the_report_is_named_by_its_number_as_well_and_a_note_stays_internal(office: Office) -> None:
    survivor, report = await older(office), office.reports[S.ASSIGNED]
    number = await office.value(survivor, "tracking_number")

    await office.done(report, "merge", COORDINATOR, into=number, note="Lubang yang sama.")

    assert await office.value(report, "merged_into") == survivor
    view = await office.get(f"/v1/reports/{report}", COORDINATOR)
    assert [(one["kind"], one["body"]) for one in view["messages"]] == [("note", "Lubang yang sama.")]
    assert "Lubang" not in str((await office.last(report)).data)


@pytest.mark.parametrize("status", [S.RECEIVED, S.VERIFIED, S.ASSIGNED, S.IN_PROGRESS, S.ANSWERED, S.AWAITING_REPORTER])
async def test_a_merge_is_taken_back_to_where_the_report_was(office: Office, status: Status) -> None:
    survivor, report = await older(office), office.reports[status]
    before = [await office.value(report, one) for one in ("status", "holder_agency_code", "agency_code", "held_from")]
    await office.done(report, "merge", ADMIN, into=str(survivor))

    view = await office.done(report, "unmerge", ADMIN)

    after = [await office.value(report, one) for one in ("status", "holder_agency_code", "agency_code", "held_from")]
    assert after == before
    assert (view["merged_into"], view["merged_from"]) == (None, None)
    event, parted = await office.last(report), await office.last(survivor)
    assert (event.data["from"], event.data["to"], event.data["previous"], event.data["cause"]) == (
        "merged", status, str(survivor), "officer",
    )  # fmt: skip
    assert (parted.type, parted.data) == (EventType.REPORT_PARTED, {"other": str(report), "cause": "officer"})
    found, _ = fold(one.placed for one in await office.history(report))
    assert found is status


async def test_a_held_report_that_was_merged_still_resumes_where_it_was_held(office: Office) -> None:
    survivor, report = await older(office), office.reports[S.AWAITING_REPORTER]
    await merged(office, report, survivor)
    await office.done(report, "unmerge", COORDINATOR)

    resumed = await office.done(report, "resumption", OFFICER)

    assert resumed["status"] == "assigned"


@pytest.mark.parametrize(("status", "after"), [(S.AWAITING_REPORTER, "assigned"), (S.ANSWERED, "in_progress")])
async def test_what_the_reporter_said_while_it_was_merged_counts_once_it_is_unmerged(
    office: Office, status: Status, after: str
) -> None:
    survivor, report = await older(office), office.reports[status]
    await merged(office, report, survivor)
    await office.fact(report, EventType.REPORTER_REPLIED)
    assert await office.status(report) is S.MERGED

    view = await office.done(report, "unmerge", COORDINATOR)

    assert view["status"] == after
    assert (await office.last(report)).data["cause"] == "reply"


async def test_a_clock_that_ran_out_before_the_merge_closes_the_report_after_it(office: Office) -> None:
    """The fact was on its way when the officer merged; the answer that it speaks of is the present one again."""
    survivor, report = await older(office), office.reports[S.ANSWERED]
    opened = (await office.last(report)).seq
    fact = await office.record(
        report, EventType.CLOCK_ELAPSED, stage="reporter_reply", opened_seq=opened, action="close"
    )
    await merged(office, report, survivor)
    await office.deliver(fact)
    assert await office.status(report) is S.MERGED

    view = await office.done(report, "unmerge", COORDINATOR)

    assert view["status"] == "closed"


async def test_after_an_unmerge_the_clock_that_the_answer_opened_still_closes_the_report(office: Office) -> None:
    survivor, report = await older(office), office.reports[S.ANSWERED]
    opened = (await office.last(report)).seq
    await merged(office, report, survivor)
    await office.done(report, "unmerge", COORDINATOR)

    await office.fact(report, EventType.CLOCK_ELAPSED, stage="reporter_reply", opened_seq=opened, action="close")

    assert await office.status(report) is S.CLOSED


# --- what is refused -----------------------------------------------------------------------------------------


async def test_the_older_report_survives_and_the_refusal_says_which_way_round(office: Office) -> None:
    report, younger = await older(office), office.reports[S.ASSIGNED]

    refused = await office.act(report, "merge", COORDINATOR, into=str(younger))

    assert problem(refused) == (422, "survivor_is_younger")
    numbers = [await office.value(one, "tracking_number") for one in (younger, report)]
    assert f"merge {numbers[0]} into {numbers[1]} instead" in refused.json()["detail"]
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/into"]
    await merged(office, younger, report)


async def test_of_two_that_came_at_the_same_instant_either_may_survive(office: Office) -> None:
    await merged(office, office.reports[S.ASSIGNED], office.reports[S.IN_PROGRESS])


@pytest.mark.parametrize("status", [S.CLOSED, S.ARCHIVED, S.WITHDRAWN, S.MERGED])
async def test_only_an_open_report_takes_others(office: Office, status: Status) -> None:
    refused = await office.act(office.reports[S.ASSIGNED], "merge", COORDINATOR, into=str(office.reports[status]))

    assert problem(refused) == (409, "survivor_not_open")
    assert status.value in refused.json()["detail"]


async def test_no_report_is_merged_into_itself_or_into_none(office: Office) -> None:
    report = office.reports[S.ASSIGNED]

    for into, code in ((str(report), "same_report"), (str(UUID(int=7)), "unknown_report"), ("abc", "unknown_report")):
        refused = await office.act(report, "merge", COORDINATOR, into=into)
        assert problem(refused) == (422, code), into
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/into"]


async def test_secret_and_public_reports_are_never_merged(office: Office) -> None:
    secret, public = await older(office, secret=True), await older(office)
    younger_secret = await office.made(S.ASSIGNED, secret=True)

    into_public = await office.act(younger_secret, "merge", COORDINATOR, into=str(public))
    into_secret = await office.act(office.reports[S.ASSIGNED], "merge", COORDINATOR, into=str(secret))

    assert problem(into_public) == (422, "secret_into_public")
    assert problem(into_secret) == (422, "public_into_secret")
    assert (await merged(office, younger_secret, secret))["status"] == "merged"


async def test_a_coordinator_merges_within_its_instansi_and_the_national_admin_everywhere(office: Office) -> None:
    report = office.reports[S.ASSIGNED]
    elsewhere = await office.report(
        received_at=NOON - DAY, holder_level=Level.COORDINATOR, holder_agency_code="BALIKPAPAN"
    )

    refused = await office.act(report, "merge", COORDINATOR, into=str(elsewhere))
    foreign = await office.act(report, "merge", OTHER_COORDINATOR, into=str(elsewhere))

    assert problem(refused) == (403, "outside_subtree")
    assert problem(foreign) == (403, "forbidden")
    assert (await office.done(report, "merge", ADMIN, into=str(elsewhere)))["status"] == "merged"


async def test_a_secret_report_of_another_instansi_is_not_there(office: Office) -> None:
    elsewhere = await office.report(
        received_at=NOON - DAY, secret=True, holder_level=Level.COORDINATOR, holder_agency_code="BALIKPAPAN"
    )
    report = await office.made(S.ASSIGNED, secret=True)

    assert problem(await office.act(report, "merge", COORDINATOR, into=str(elsewhere))) == (422, "unknown_report")


@pytest.mark.parametrize("which", ["report", "survivor"])
async def test_a_report_that_its_reporter_has_withdrawn_is_not_merged_before_that_is_carried_out(
    office: Office, which: str
) -> None:
    survivor, report = await older(office), office.reports[S.ASSIGNED]
    fact = await office.record(report if which == "report" else survivor, EventType.REPORTER_WITHDREW)

    refused = await office.act(report, "merge", COORDINATOR, into=str(survivor))
    await office.deliver(fact)

    assert problem(refused) == (409, "withdrawal_pending")
    assert await office.status(fact.report_id) is S.WITHDRAWN


async def test_a_merge_heeds_the_version_and_is_answered_once(office: Office) -> None:
    survivor, report = await older(office), office.reports[S.ASSIGNED]

    stale = await office.act(report, "merge", COORDINATOR | {"If-Match": '"1"'}, into=str(survivor))
    keyed = COORDINATOR | {"Idempotency-Key": "merge-1"}
    first = await office.act(report, "merge", keyed, into=str(survivor))
    again = await office.act(report, "merge", keyed, into=str(survivor))

    assert problem(stale) == (412, "version_mismatch")
    assert (first.status_code, again.text) == (200, first.text)
    assert (await office.types(report)).count("report.merged") == 1


async def test_who_may_not_import_may_not_say_when_it_was_merged(office: Office) -> None:
    survivor, report = await older(office), office.reports[S.ASSIGNED]
    importer = bearer(Role.COORDINATOR, sub="samarinda-2", agency="SAMARINDA", scopes=("reports:import",))
    at = NOON.isoformat()

    refused = await office.act(report, "merge", COORDINATOR, into=str(survivor), occurred_at=at)
    await office.done(report, "merge", importer, into=str(survivor), occurred_at=at)

    assert refused.status_code == 403
    assert (await office.last(report)).occurred_at == NOON


# --- chains of merges ----------------------------------------------------------------------------------------


async def test_what_is_merged_into_a_merged_report_follows_it_and_stays_when_it_is_taken_back(office: Office) -> None:
    first = await older(office)
    second = await office.made(S.ASSIGNED, received_at=NOON - DAY / 2)
    third = office.reports[S.ASSIGNED]
    await merged(office, third, second)

    await merged(office, second, first)
    seen = await office.get(f"/v1/reports/{first}", COORDINATOR)
    await office.done(second, "unmerge", COORDINATOR)
    after = await office.get(f"/v1/reports/{first}", COORDINATOR)

    assert [(one["id"], one["merged_into"]) for one in seen["merged"]] == [
        (str(second), str(first)),
        (str(third), str(second)),
    ]
    assert after["merged"] == []
    assert await office.value(third, "merged_into") == second
    assert await office.status(second) is S.ASSIGNED


async def test_when_a_survivor_is_withdrawn_what_was_merged_into_it_goes_on_by_itself_first(office: Office) -> None:
    survivor, one, other = await older(office), office.reports[S.ASSIGNED], office.reports[S.IN_PROGRESS]
    await merged(office, one, survivor)
    await merged(office, other, survivor)

    await office.fact(survivor, EventType.REPORTER_WITHDREW)

    assert [await office.status(each) for each in (survivor, one, other)] == [S.WITHDRAWN, S.ASSIGNED, S.IN_PROGRESS]
    assert (await office.types(survivor))[-4:] == [
        "reporter.withdrew", "report.parted", "report.parted", "report.withdrawn",
    ]  # fmt: skip
    event = await office.last(one)
    assert (event.type, event.actor, event.data["cause"]) == (
        EventType.REPORT_UNMERGED, "service:routing_service", "withdrawn",
    )  # fmt: skip


async def test_a_reply_of_one_that_follows_and_the_withdrawal_of_its_survivor_may_come_together(
    office: Office,
) -> None:
    survivor, report = await older(office), office.reports[S.ANSWERED]
    await merged(office, report, survivor)
    reply = await office.record(report, EventType.REPORTER_REPLIED, message="m", digest="d")
    withdrawal = await office.record(survivor, EventType.REPORTER_WITHDREW)

    results = await office.deliver(withdrawal, reply)

    assert [one["outcome"] for one in results] == ["done", "done"]
    assert await office.status(report) is S.IN_PROGRESS
    assert (await office.types(report)).count("report.reopened") == 1


async def test_when_a_survivor_is_archived_what_was_merged_into_it_goes_on_by_itself(office: Office) -> None:
    survivor = await older(office, S.VERIFIED)
    report = office.reports[S.ASSIGNED]
    await merged(office, report, survivor)

    view = await office.done(survivor, "archive", COORDINATOR)

    assert view["status"] == "archived"
    assert await office.status(report) is S.ASSIGNED
    event = await office.last(report)
    assert (event.actor, event.data["cause"]) == ("coordinator:samarinda-1", "archived")
    assert (await office.types(survivor))[-2:] == ["report.parted", "report.archived"]


async def test_when_a_survivor_was_never_completed_what_was_merged_into_it_goes_on_by_itself(office: Office) -> None:
    survivor = await office.report(received_at=NOON - DAY, **HELD)
    await office.done(survivor, "hold", COORDINATOR)
    report = office.reports[S.ASSIGNED]
    await merged(office, report, survivor)

    await office.elapsed(survivor, "hold", "archive")

    assert (await office.status(survivor), await office.status(report)) == (S.ARCHIVED, S.ASSIGNED)


async def test_when_a_survivor_is_closed_what_was_merged_into_it_stays_merged_and_can_still_be_taken_back(
    office: Office,
) -> None:
    survivor, report = await older(office, S.ANSWERED), office.reports[S.ASSIGNED]
    await merged(office, report, survivor)
    await office.fact(survivor, EventType.REPORTER_RATED)
    assert (await office.status(survivor), await office.status(report)) == (S.CLOSED, S.MERGED)

    await office.done(report, "unmerge", COORDINATOR)

    assert await office.status(report) is S.ASSIGNED


# --- who sees it ---------------------------------------------------------------------------------------------


async def say(office: Office, report: UUID, body: str) -> None:
    await office.execute(
        "INSERT INTO messages (id, report_id, kind, body, salt, author, created_at) "
        "VALUES (gen_random_uuid(), :report, 'reply', :body, '', 'reporter', :at)",
        report=report,
        body=body,
        at=office.clock.now,
    )


async def test_the_agency_reads_what_a_co_reporter_says_since_the_merge_and_nobody_else_does(office: Office) -> None:
    survivor, report = await older(office), office.reports[S.ASSIGNED]
    await say(office, report, "Sebelum digabung.")
    office.clock.advance(minutes=1)
    await merged(office, report, survivor)
    office.clock.advance(minutes=1)
    await say(office, report, "Masih berlubang.")
    office.clock.advance(minutes=1)
    await office.done(survivor, "responses", OFFICER)

    seen = await office.get(f"/v1/reports/{survivor}", OFFICER)
    elsewhere = await office.get(f"/v1/reports/{survivor}", OTHER_OFFICER)

    assert [(one["body"], one["co_reporter"]) for one in seen["messages"]] == [
        ("Masih berlubang.", True),
        ("Tim kami datang besok.", False),
    ]
    assert [one["co_reporter"] for one in elsewhere["messages"]] == [False]
    assert (elsewhere["merged"], elsewhere["merged_into"]) == ([], None)


async def test_a_supervisor_without_the_scope_sees_that_secret_reports_are_merged_but_no_words(office: Office) -> None:
    survivor = await older(office, secret=True)
    report = await office.made(S.ASSIGNED, secret=True)
    await merged(office, report, survivor)
    await say(office, report, "Rahasia.")

    seen = await office.get(f"/v1/reports/{survivor}", SUPERVISOR)

    assert [one["id"] for one in seen["merged"]] == [str(report)]
    assert seen["messages"] == []


def test_the_gate_alone_takes_no_merge_back_that_it_does_not_know() -> None:
    with pytest.raises(IllegalTransition):
        move(Action.UNMERGE, Status.MERGED)


async def test_histories_of_merged_and_unmerged_reports_are_whole(busy: Office) -> None:
    survivor = await busy.made(S.ASSIGNED, received_at=NOON - DAY)
    reports = [await busy.made(status) for status in (S.ASSIGNED, S.ANSWERED, S.AWAITING_REPORTER)]
    for report in reports:
        await merged(busy, report, survivor)
    await busy.done(reports[0], "unmerge", COORDINATOR)
    await busy.fact(survivor, EventType.REPORTER_WITHDREW)

    async with busy.transaction() as session:
        assert isinstance(session.bind, AsyncEngine)
        findings = await verify(session.bind)

    assert (findings.reports, findings.breaks) == (4, [])
