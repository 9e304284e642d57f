"""What a report says its reporter can do: all of it is taken, and nothing else is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert

from intake_api.reporters import service
from intake_api.reporters.access import Credentials
from intake_api.reporters.case import Asking, open_case
from intake_api.reporters.schemas import Consent, Rating
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.keys.held import Keys
from shared.log.events import EventType
from shared.log.payloads.codes import Purpose
from shared.schema import Clock as ClockRow
from shared.settings import IntakeSettings
from tests.factories import DAY, NOON, bearer, settings
from tests.intake_api.helpers import APP, Clock, Submitted, assigned, code_of, merged, moved, submitted

Client = httpx.AsyncClient
PATHS: dict[str, tuple[str, Any]] = {
    "reply": ("replies", {"body": "Masih berlubang."}),
    "rate": ("ratings", {"score": 4, "resolved": True}),
    "consent": ("consents", {"purpose": "ombudsman", "granted": False}),
    "withdraw": ("withdrawal", None),
    "reopen": ("reopening", {"body": "Rusak lagi."}),
    "appeal": ("appeal", {"body": "Ini memang tugas pemerintah."}),
}
ACTS: dict[str, Callable[..., Awaitable[None]]] = {
    "reply": lambda session, case: service.reply(session, case, "Masih berlubang."),
    "rate": lambda session, case: service.rate(session, case, Rating(score=4, resolved=True)),
    "consent": lambda session, case: service.consent(session, case, Consent(purpose=Purpose.OMBUDSMAN, granted=False)),
    "withdraw": service.withdraw,
    "reopen": lambda session, case: service.reopen(session, case, None),
    "appeal": lambda session, case: service.appeal(session, case, None),
}
ANSWERED, CLOSED, ARCHIVED = EventType.REPORT_ANSWERED, EventType.REPORT_CLOSED, EventType.REPORT_ARCHIVED
CONTINUED = {"from": "answered", "cause": "rating"}
#: What happened, in order: an act of the reporter, or what routing_service wrote; then what can be done.
LIVES: dict[str, tuple[list[Any], set[str]]] = {
    "received": ([], {"reply", "withdraw"}),
    "asked": ([(EventType.REPORT_HELD, Status.AWAITING_REPORTER)], {"reply", "withdraw"}),
    "answered": ([(ANSWERED, Status.ANSWERED)], {"reply", "rate", "withdraw"}),
    "answered, and replied to": ([(ANSWERED, Status.ANSWERED), "reply"], {"reply", "withdraw"}),
    "answered and rated": ([(ANSWERED, Status.ANSWERED), "rate"], {"reply"}),
    "answered, rated, put right": (
        [(ANSWERED, Status.ANSWERED), "rate", (EventType.REPORT_RESPONDED, Status.ANSWERED, {"from": "answered"})],
        {"reply", "rate", "withdraw"},  # the later response can be rated, too
    ),
    "closed": ([(CLOSED, Status.CLOSED)], {"reopen"}),
    "closed by a rating": ([(ANSWERED, Status.ANSWERED), "rate", (CLOSED, Status.CLOSED, CONTINUED)], {"reopen"}),
    "closed, reopening asked": ([(CLOSED, Status.CLOSED), "reopen"], set()),
    "reopened": (
        [(CLOSED, Status.CLOSED), "reopen", (EventType.REPORT_REOPENED, Status.IN_PROGRESS, {"cause": "reopening"})],
        {"reply", "withdraw"},
    ),
    "archived": ([(ARCHIVED, Status.ARCHIVED)], {"appeal"}),
    "archived, appealed": ([(ARCHIVED, Status.ARCHIVED), "appeal"], set()),
    "taken up again": (
        [(ARCHIVED, Status.ARCHIVED), "appeal", (EventType.REPORT_APPEALED, Status.RECEIVED)],
        {"reply", "withdraw"},
    ),
    "withdrawal asked": (["withdraw"], set()),
    "withdrawn": (["withdraw", (EventType.REPORT_WITHDRAWN, Status.WITHDRAWN)], set()),
}


async def do(client: Client, report: Submitted, act: str, **headers: str) -> httpx.Response:
    name, body = PATHS[act]
    return await client.post(f"{report.path}/{name}", json=body, headers=report.as_reporter | headers)


async def lived(client: Client, committed: Sessions, life: list[Any]) -> Submitted:
    report = await submitted(client)
    for step in life:
        if isinstance(step, str):
            assert (await do(client, report, step)).status_code == 200
        else:
            type, status, *data = step
            await moved(committed, report, type, status, data=data[0] if data else None)
    return report


async def view(client: Client, report: Submitted, **headers: str) -> dict[str, Any]:
    answer = await client.get(report.path, headers=report.as_reporter | headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def named(client: Client, report: Submitted, **headers: str) -> dict[str, str | None]:
    return {one["action"]: one["until"] for one in (await view(client, report, **headers))["actions"]}


async def taken(committed: Sessions, report: Submitted, act: str, at: Any) -> None:
    """Raises what stands against the act; nothing is kept of it."""
    most = IntakeSettings.model_fields["replies_a_day"].default
    asking = Asking(Credentials(None, report.code, None, Keys(settings("postgresql://unused"))), at, most)
    async with committed() as session:
        await ACTS[act](session, await open_case(session, report.number, asking, if_match=None))
        await session.rollback()


@pytest.mark.parametrize("life", LIVES)
async def test_what_is_named_is_taken_and_what_is_not_named_is_refused(
    client: Client, committed: Sessions, now: Clock, life: str
) -> None:
    steps, expected = LIVES[life]
    report = await lived(client, committed, steps)

    found = set(await named(client, report))

    assert found == expected | {"consent"}
    for act in found:
        await taken(committed, report, act, now.now)
    for act in set(PATHS) - found:
        answer = await do(client, report, act)
        assert answer.status_code == 409, (act, answer.text)
        assert "no other one" not in answer.text or not expected


@pytest.mark.parametrize(("survivor", "expected"), [(Status.RECEIVED, {"reply"}), (Status.CLOSED, set())])
async def test_of_a_merged_report_it_is_the_other_that_decides(
    client: Client, committed: Sessions, survivor: Status, expected: set[str]
) -> None:
    older, report = await submitted(client), await submitted(client)
    await merged(committed, report, older)
    if survivor is Status.CLOSED:
        await moved(committed, older, CLOSED, Status.CLOSED)

    found = set(await named(client, report))

    assert found == expected | {"consent"}
    for act in set(PATHS) - found:
        assert (await do(client, report, act)).status_code == 409


async def test_a_closed_report_can_be_reopened_until_the_instant_that_it_says(
    client: Client, committed: Sessions, now: Clock
) -> None:
    report = await lived(client, committed, [(CLOSED, Status.CLOSED)])

    assert (await named(client, report))["reopen"] == (NOON + 30 * DAY).isoformat().replace("+00:00", "Z")
    now.now = NOON + 30 * DAY
    assert "reopen" in await named(client, report)
    now.now += timedelta(microseconds=1)
    assert "reopen" not in await named(client, report)
    refused = await do(client, report, "reply")
    assert code_of(refused) == (409, "illegal_transition")
    assert refused.json()["detail"].endswith("no other one; submit a new report.")


async def test_an_archiving_can_be_appealed_until_the_end_of_the_last_day(
    client: Client, committed: Sessions, now: Clock
) -> None:
    report = await lived(client, committed, [(ARCHIVED, Status.ARCHIVED)])

    until = (await named(client, report))["appeal"]

    assert until == "2026-03-16T16:00:00Z"  # midnight in WITA after ten working days from the second of March
    now.now = NOON.replace(day=16, hour=15, minute=59)
    assert "appeal" in await named(client, report)
    now.now = NOON.replace(day=16, hour=16, minute=0)
    assert "appeal" not in await named(client, report)
    assert code_of(await do(client, report, "appeal")) == (409, "too_late_to_appeal")


@pytest.mark.parametrize(("on_due", "end"), [("close", "2026-03-12T04:00:00Z"), ("escalate", None), ("resume", None)])
async def test_what_silence_ends_is_possible_until_then(
    client: Client, committed: Sessions, on_due: str, end: str | None
) -> None:
    report = await lived(client, committed, [(ANSWERED, Status.ANSWERED)])
    clock = {
        "report_id": report.id, "stage": "reporter_reaction", "opened_seq": 2, "round": 1, "policy_code": "default",
        "calendar_id": 1, "time_zone": "Asia/Makassar", "started_at": NOON, "due_at": NOON + 10 * DAY,
        "state": "running", "outcome": "pending", "on_due": on_due, "imported": False, "opened_recorded_at": NOON,
        "computed_seq": 2, "step_code": [], "step_at": [], "step_level": [], "step_kind": [], "step_recipients": [],
    }  # fmt: skip
    async with committed.begin() as session:
        await session.execute(insert(ClockRow).values(clock))

    assert await named(client, report) == {"reply": end, "rate": end, "withdraw": end, "consent": None}


async def test_once_enough_was_said_today_replies_and_consents_are_not_named(
    client: Client, app: Any, now: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.state._state, "settings", app.state.settings.model_copy(update={"replies_a_day": 1}))
    report = await submitted(client)
    answer = await do(client, report, "reply")

    assert [one["action"] for one in answer.json()["actions"]] == ["withdraw"]
    assert code_of(await do(client, report, "consent")) == (429, "too_many_replies")
    now.now += DAY
    assert "reply" in await named(client, report)


async def test_who_typed_it_in_or_worked_on_it_is_named_what_they_may_do(client: Client, committed: Sessions) -> None:
    clerk = bearer(Role.LIAISON_OFFICER, sub="budi", agency="SAMARINDA-PU")
    report = await submitted(client)
    await assigned(committed, report)
    await moved(committed, report, ANSWERED, Status.ANSWERED)
    worked = bearer(Role.NATIONAL_ADMIN, sub="a")  # as `moved` signs

    assert set(await named(client, report, **clerk)) == {"reply", "rate", "withdraw", "consent"}
    assert await named(client, report, **worked) == {}


# --- what is on its way --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "act", "pending", "after", "code"),
    [
        ([], "withdraw", "withdrawal", (EventType.REPORT_WITHDRAWN, Status.WITHDRAWN), "already_withdrawn"),
        ([(ANSWERED, Status.ANSWERED)], "rate", "rating", (CLOSED, Status.CLOSED, CONTINUED), "already_rated"),
        (
            [(CLOSED, Status.CLOSED)], "reopen", "reopening",
            (EventType.REPORT_REOPENED, Status.IN_PROGRESS, {"from": "closed", "cause": "reopening"}),
            "already_reopened",
        ),
        (
            [(ARCHIVED, Status.ARCHIVED)], "appeal", "appeal", (EventType.REPORT_APPEALED, Status.RECEIVED),
            "already_appealed",
        ),
    ],
)  # fmt: skip
async def test_a_request_is_pending_until_the_status_follows_and_a_second_press_hears_so(
    client: Client, committed: Sessions, before: list[Any], act: str, pending: str, after: Any, code: str
) -> None:
    report = await lived(client, committed, before)
    assert (await view(client, report))["pending"] is None

    answer = await do(client, report, act)
    again = await do(client, report, act)
    seen = await view(client, report)
    type, status, *data = after
    await moved(committed, report, type, status, data=data[0] if data else None)
    later = await do(client, report, act)

    assert (answer.json()["pending"], seen["pending"]) == (pending, pending)
    assert (await view(client, report))["pending"] is None
    assert [code_of(one) for one in (again, later)] == [(409, code)] * 2
    assert again.json()["detail"] != later.json()["detail"]
    for one in (again, later):
        assert "does not take" not in one.text


async def test_a_reply_is_pending_only_where_it_moves_the_report(client: Client, committed: Sessions) -> None:
    answered = await lived(client, committed, [(ANSWERED, Status.ANSWERED)])
    received = await submitted(client)

    assert (await do(client, answered, "reply")).json()["pending"] == "reply"
    assert (await do(client, received, "reply")).json()["pending"] is None


# --- an app's own number -------------------------------------------------------------------------------------


async def test_an_app_finds_a_report_by_its_own_number_of_it(client: Client) -> None:
    account, draft = uuid4().hex, uuid4().hex
    await submitted(client, reporter_reference=account)
    report = await submitted(client, reporter_reference=account, external_reference=draft)
    path = f"/v1/reporters/{account}/reports"

    found = (await client.get(path, params={"external_reference": draft}, headers=APP)).json()["items"]
    nothing = (await client.get(path, params={"external_reference": "x"}, headers=APP)).json()["items"]
    refused = await client.post("/v1/reports", json={**SUBMISSION, "external_reference": draft}, headers=APP)

    assert [(one["tracking_number"], one["external_reference"]) for one in found] == [(report.number, draft)]
    assert nothing == []
    assert code_of(refused) == (409, "duplicate_external_reference")
    assert refused.json()["tracking_number"] == report.number


async def test_the_number_is_shown_to_who_gave_it_and_to_nobody_else(client: Client) -> None:
    draft = uuid4().hex
    report = await submitted(client, external_reference=draft)
    namesake = bearer(Role.NATIONAL_ADMIN, sub="mobile-app")

    assert (await view(client, report, **APP))["external_reference"] == draft
    for headers in ({}, namesake):
        assert (await view(client, report, **headers))["external_reference"] is None
    assert draft not in (await client.get(report.path)).text


SUBMISSION = {"classification": "complaint", "title": "Jalan berlubang", "body": "Lubang besar di depan pasar."}


# --- everybody -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.ASSIGNED, Status.CLOSED, Status.ARCHIVED, Status.MERGED])
async def test_a_report_of_another_is_supported_where_it_says_so(
    client: Client, committed: Sessions, status: Status
) -> None:
    report = await submitted(client)
    if status is not Status.RECEIVED:
        await assigned(committed, report)
    if status is Status.MERGED:
        await merged(committed, report, await submitted(client))
    elif status in (Status.CLOSED, Status.ARCHIVED):
        hidden: dict[str, Any] = {"published_at": None} if status is Status.ARCHIVED else {}
        await moved(committed, report, EventType(f"report.{status.value}"), status, **hidden)

    actions = (await client.get(report.path)).json()["actions"]
    answer = await client.post(f"{report.path}/supports", json={"reporter_reference": uuid4().hex}, headers=APP)

    assert actions == (["support"] if status is Status.ASSIGNED else [])
    assert answer.status_code == (200 if actions else 409)
