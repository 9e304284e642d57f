"""`Who sees what`, typed by hand from the domain, over HTTP with real tokens."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, update

from routing_service.report.reading.identities import IntakeIdentities
from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.ids import new_id
from shared.log.events import EventType
from shared.schema import Message, Report, Reporter
from tests.factories import bearer
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, COORDINATOR, CUSTODIAN, FINAL, OFFICER, Office

GRANTED = bearer(Role.SUPERVISOR, sub="ombudsman-2", scopes=("reports:secret",))
READERS = {
    "line": OFFICER,
    "other agency": driving.OTHER_OFFICER,
    "coordinator": COORDINATOR,
    "other coordinator": driving.OTHER_COORDINATOR,
    "supervisor": driving.SUPERVISOR,
    "granted supervisor": GRANTED,
    "national admin": ADMIN,
}
BODY = "Lubang besar di depan pasar pagi."
ALL = {"status", "title", "responses", "words", "notes"}
PUBLIC = {"status", "title", "responses"}
WORDLESS = ALL - {"words"}

#: No id looks like it.
PHONE = "+62 811-1945"

#: kind of report -> reader -> what they see; an empty set is 404. "words": body, place, the talk with the reporter.
TABLE: dict[str, dict[str, set[str]]] = {
    "ordinary": {
        "line": ALL, "other agency": PUBLIC, "coordinator": ALL, "other coordinator": PUBLIC, "supervisor": ALL,
        "granted supervisor": ALL, "national admin": ALL,
    },
    "secret": {
        "line": ALL, "other agency": set(), "coordinator": ALL, "other coordinator": set(), "supervisor": WORDLESS,
        "granted supervisor": ALL, "national admin": ALL,
    },
    "anonymous": {
        "line": ALL, "other agency": PUBLIC, "coordinator": ALL, "other coordinator": PUBLIC, "supervisor": ALL,
        "granted supervisor": ALL, "national admin": ALL,
    },
    "withdrawn": {
        "line": ALL, "other agency": {"status"}, "coordinator": ALL, "other coordinator": {"status"},
        "supervisor": ALL, "granted supervisor": ALL, "national admin": ALL,
    },
}  # fmt: skip


async def a_talked_about_report(office: Office, kind: str) -> UUID:
    """With a response, a note, a question and a reply; the reporter has left a name."""
    report = await office.made(Status.ASSIGNED, secret=kind == "secret", anonymous=kind == "anonymous")
    await office.done(report, "notes", OFFICER)
    await office.done(report, "hold", OFFICER)
    async with office.transaction() as session:
        await session.execute(
            insert(Message).values(
                id=new_id(), report_id=report, kind=MessageKind.REPLY.value, body="Pasar Pagi.", salt=b"s" * 16,
                author="reporter", created_at=office.clock.now,
            )
        )  # fmt: skip
        reporter_id = new_id()
        await session.execute(insert(Reporter).values(id=reporter_id, name="Siti", phone=PHONE, national_id="64" * 8))
        await session.execute(update(Report).where(Report.id == report).values(reporter_id=reporter_id))
    await office.fact(report, EventType.REPORTER_REPLIED)
    await office.done(report, "responses", OFFICER)
    if kind == "withdrawn":
        await office.fact(report, EventType.REPORTER_WITHDREW)
    return report


def seen(answer: dict[str, Any]) -> set[str]:
    kinds = {message["kind"] for message in answer["messages"]}
    assert not kinds & {"identity_reason"}
    found = {"status"} if answer["status"] else set()
    found |= {"title"} if answer["title"] and answer["region"] and answer["agency"] else set()
    found |= {"responses"} if "response" in kinds else set()
    found |= {"notes"} if "note" in kinds else set()
    words = [answer["body"], answer["location"], "reply" in kinds, "question" in kinds]
    assert all(words) or not any(words)
    return found | ({"words"} if all(words) else set())


@pytest.mark.parametrize("kind", TABLE)
async def test_everybody_sees_what_the_table_says(office: Office, kind: str) -> None:
    report = await a_talked_about_report(office, kind)

    for reader, expected in TABLE[kind].items():
        response = await office.http.get(f"/v1/reports/{report}", headers=READERS[reader])

        assert response.status_code == (200 if expected else 404), reader
        if expected:
            assert seen(response.json()) == expected, reader
        assert "Siti" not in response.text
        assert PHONE not in response.text


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.ARCHIVED])
async def test_other_agencies_see_only_the_status_of_what_is_not_public(office: Office, status: Status) -> None:
    answer = await office.get(f"/v1/reports/{office.reports[status]}", driving.OTHER_COORDINATOR)

    assert seen(answer) == {"status"}
    assert (answer["events"], answer["holder"], answer["category"]) == ([], None, None)


@pytest.mark.parametrize(
    "headers",
    [CUSTODIAN, driving.OPERATOR, driving.SERVICE, bearer(Role.REPORTER_APP), bearer(Role.CHANNEL, agency="SAMARINDA")],
)
async def test_who_does_not_work_on_reports_reads_none(office: Office, headers: dict[str, str]) -> None:
    for path in ("/v1/reports", f"/v1/reports/{office.reports[Status.ASSIGNED]}", "/v1/events"):
        response = await office.http.get(path, headers=headers)

        assert (response.status_code, response.json()["code"]) in {(403, "forbidden"), (403, "missing_scope")}


async def test_an_agency_sees_no_more_of_a_report_that_it_returned(office: Office) -> None:
    report = await office.made(Status.ASSIGNED, secret=True)

    answer = await office.done(report, "returns", OFFICER)
    after = await office.http.get(f"/v1/reports/{report}", headers=OFFICER)

    assert (answer["status"], answer["title"], answer["body"]) == ("verified", None, None)
    assert after.status_code == 404


# --- identity ----------------------------------------------------------------------------------------------

#: reader -> status of the answer, for a report that is not anonymous, and for an anonymous one.
IDENTITY = {
    "line": (200, 403),
    "other agency": (403, 403),
    "coordinator": (200, 403),
    "other coordinator": (403, 403),
    "supervisor": (403, 403),
    "granted supervisor": (403, 403),
    "national admin": (200, 403),
    "custodian": (200, 200),
    "operator": (403, 403),
    "app": (403, 403),
}


@pytest.mark.parametrize("reader", IDENTITY)
async def test_who_reported_is_shown_to_few_and_to_none_of_them_if_anonymous(office: Office, reader: str) -> None:
    others = {"custodian": CUSTODIAN, "operator": driving.OPERATOR, "app": bearer(Role.REPORTER_APP)}
    headers = (READERS | others)[reader]

    for kind, expected in zip(("ordinary", "anonymous"), IDENTITY[reader], strict=True):
        report = await a_talked_about_report(office, kind)
        response = await office.http.post(
            f"/v1/reports/{report}/identity", json={"reason": "Perlu konfirmasi."}, headers=headers
        )

        assert response.status_code == expected, (kind, response.text)
        looked = (await office.last(report)).type is EventType.IDENTITY_VIEWED
        assert looked is (expected == 200)
        if expected == 200:
            assert (response.json()["name"], response.json()["phone"]) == ("Siti", PHONE)
            assert (response.json()["national_id"] is not None) is (reader == "custodian")


async def test_the_custodian_must_say_why_and_the_reason_stays_out_of_the_log(office: Office) -> None:
    report = await a_talked_about_report(office, "anonymous")

    refused = await office.act(report, "identity", CUSTODIAN)
    await office.act(report, "identity", CUSTODIAN, reason="Perintah pengadilan.")

    assert (refused.status_code, refused.json()["code"]) == (422, "reason_required")
    event = await office.last(report)
    assert (event.type, event.actor) == (EventType.IDENTITY_VIEWED, "identity_custodian:custodian-1")
    assert set(event.data) == {"message", "message_kind", "message_agency", "digest"}
    kind = await office.scalar("SELECT kind FROM messages WHERE id = :id", id=event.data["message"])
    assert kind == "identity_reason"


async def test_an_officer_need_not_say_why_but_every_look_is_logged(office: Office) -> None:
    report = await a_talked_about_report(office, "ordinary")

    await office.act(report, "identity", OFFICER)
    await office.act(report, "identity", OFFICER)

    assert (await office.types(report)).count("identity.viewed") == 2
    assert dict((await office.last(report)).data) == {}


async def test_a_repeated_look_is_a_look_that_says_so_and_no_name_is_kept_with_its_key(office: Office) -> None:
    report = await a_talked_about_report(office, "ordinary")
    headers = OFFICER | {"Idempotency-Key": "look-1"}

    first = await office.act(report, "identity", headers)
    again = await office.act(report, "identity", headers)
    other = await office.act(report, "identity", headers, reason="Lain.")

    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    looks = [event for event in await office.history(report) if event.type is EventType.IDENTITY_VIEWED]
    assert [dict(look.data) for look in looks] == [{}, {"repeated": True}]
    stored = "SELECT count(*) FROM idempotency_keys WHERE answer IS NULL AND sealed IS NULL AND report_id IS NULL"
    assert await office.scalar(stored) == 1


class Failing(httpx.AsyncBaseTransport):
    """intake_api, away or refusing."""

    def __init__(self, answer: httpx.Response | None) -> None:
        self.answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.answer is None:
            raise httpx.ConnectError("refused", request=request)
        return self.answer


MISSING = {"code": "identity_key_missing", "detail": "The key k-1 is missing."}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "identities_away"),
        (httpx.Response(401, json={"code": "invalid_token", "detail": "No."}), "identities_away"),
        (httpx.Response(500, text="<html>"), "identities_away"),
        (httpx.Response(200, json=["nobody"]), "identities_away"),
        (httpx.Response(503, json=MISSING), "identity_key_missing"),
    ],
)
async def test_where_intake_cannot_tell_nothing_is_recorded(
    office: Office, answer: httpx.Response | None, code: str
) -> None:
    report = await a_talked_about_report(office, "ordinary")
    intake = httpx.AsyncClient(transport=Failing(answer))
    office.app.state.identities = IntakeIdentities(office.app.state.settings, office.app.state.signer, intake)

    refused = await office.act(report, "identity", CUSTODIAN, reason="Perintah pengadilan.")

    assert (refused.status_code, refused.json()["code"]) == (503, code)
    assert "identity.viewed" not in await office.types(report)
    said = "SELECT count(*) FROM messages WHERE report_id = :id AND kind = 'identity_reason'"
    assert await office.scalar(said, id=report) == 0


async def test_each_look_is_recorded_by_intake_too(office: Office) -> None:
    report = await a_talked_about_report(office, "ordinary")

    await office.act(report, "identity", OFFICER)

    seen = "SELECT actor || ' ' || agency_code FROM identity_looks WHERE report_id = :id"
    assert await office.scalar(seen, id=report) == "liaison_officer:pu-1 SAMARINDA-PU"


async def test_a_secret_report_hides_its_reporter_like_everything_else(office: Office) -> None:
    report = await a_talked_about_report(office, "secret")

    response = await office.act(report, "identity", driving.OTHER_OFFICER)

    assert response.status_code == 404


async def test_a_report_without_a_reporter_has_no_name(office: Office) -> None:
    response = await office.act(office.reports[Status.ASSIGNED], "identity", ADMIN)

    assert response.status_code == 200, response.text
    assert (response.json()["name"], response.json()["email"]) == (None, None)


async def test_the_final_response_of_a_published_report_is_public_to_other_agencies(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await office.done(report, "responses", OFFICER, **FINAL)

    answer = await office.get(f"/v1/reports/{report}", driving.OTHER_OFFICER)

    assert [message["kind"] for message in answer["messages"]] == ["final_response"]
