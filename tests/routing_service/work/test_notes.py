"""A note mentions colleagues who may read the report, and nobody else."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.domain.officers import OfficerRole
from shared.schema import Officer
from tests.factories import bearer
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, OTHER_OFFICER, SUPERVISOR, Office

R = OfficerRole


async def an_officer(office: Office, role: OfficerRole, agency: str | None, **columns: Any) -> UUID:
    officer_id = uuid4()
    values = {"id": officer_id, "role": role, "agency_code": agency, "name": role, "email": f"{officer_id}@x.example"}
    async with office.transaction() as session:
        await session.execute(insert(Officer).values(**values | columns))
    return officer_id


@pytest.mark.parametrize(
    ("role", "agency"),
    [
        (R.LIAISON_OFFICER, "SAMARINDA-PU"),
        (R.AGENCY_HEAD, "SAMARINDA-PU"),
        (R.COORDINATOR, "SAMARINDA"),
        (R.NATIONAL_ADMIN, None),
        (R.SUPERVISOR, None),
    ],
)
async def test_the_event_names_each_mentioned_colleague_once_and_none_of_their_words(
    office: Office, role: OfficerRole, agency: str | None
) -> None:
    report = office.reports[Status.ASSIGNED]
    colleague = await an_officer(office, role, agency)

    await office.done(report, "notes", OFFICER, body="Tolong dicek.", mentions=[str(colleague)] * 2)

    assert (await office.last(report)).data["mentions"] == [str(colleague)]


@pytest.mark.parametrize(
    ("role", "agency", "columns"),
    [
        (R.LIAISON_OFFICER, "SAMARINDA-DINKES", {}),
        (R.COORDINATOR, "BALIKPAPAN", {}),
        (R.LIAISON_OFFICER, "SAMARINDA", {}),
        (R.REGIONAL_HEAD, "SAMARINDA", {}),  # gets mails, and reads no reports
        (R.LIAISON_OFFICER, "SAMARINDA-PU", {"active": False}),
        (None, None, {}),
    ],
)
async def test_who_may_not_read_the_report_is_refused_in_the_words_for_who_is_not_there(
    office: Office, role: OfficerRole | None, agency: str | None, columns: dict[str, Any]
) -> None:
    report = office.reports[Status.ASSIGNED]
    known = await an_officer(office, R.LIAISON_OFFICER, "SAMARINDA-PU")
    stranger = uuid4() if role is None else await an_officer(office, role, agency, **columns)

    answer = await office.act(report, "notes", OFFICER, body="Lihat.", mentions=[str(known), str(stranger)])

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "not_a_colleague")
    assert problem["errors"][0]["pointer"] == "/mentions/1"
    assert problem["errors"][0]["message"].startswith(f"No officer who may read this report has the id {stranger}")
    assert (await office.last(report)).type != "report.noted"


async def test_supervisors_without_the_right_to_secrets_cannot_be_mentioned_in_a_secret_report(office: Office) -> None:
    report = await office.made(Status.ASSIGNED, secret=True)
    supervisor = await an_officer(office, R.SUPERVISOR, None)

    answer = await office.act(report, "notes", OFFICER, body="Lihat.", mentions=[str(supervisor)])

    assert answer.json()["code"] == "not_a_colleague"


async def test_colleagues_are_those_whom_a_note_may_mention(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    for role, agency in (
        (R.LIAISON_OFFICER, "SAMARINDA-PU"), (R.LIAISON_OFFICER, "SAMARINDA-DINKES"), (R.COORDINATOR, "SAMARINDA"),
        (R.REGIONAL_SECRETARY, "SAMARINDA"), (R.NATIONAL_ADMIN, None),
    ):  # fmt: skip
        await an_officer(office, role, agency)

    answer = await office.http.get(f"/v1/reports/{report}/colleagues", headers=COORDINATOR)

    assert [(one["role"], one["agency"]) for one in answer.json()["items"]] == [
        ("coordinator", "SAMARINDA"), ("liaison_officer", "SAMARINDA-PU"), ("national_admin", None)
    ]  # fmt: skip


@pytest.mark.parametrize("headers", [OTHER_OFFICER, SUPERVISOR, bearer(Role.OPERATOR)])
async def test_who_may_write_no_note_learns_no_colleagues(office: Office, headers: dict[str, str]) -> None:
    report = office.reports[Status.ASSIGNED]

    answer = await office.http.get(f"/v1/reports/{report}/colleagues", headers=headers)

    assert answer.status_code == 403


async def test_of_a_report_on_no_agencys_desk_the_national_officers_are_the_colleagues(office: Office) -> None:
    report = office.reports[Status.RECEIVED]
    await an_officer(office, R.COORDINATOR, "SAMARINDA")
    await an_officer(office, R.NATIONAL_ADMIN, None)

    answer = await office.http.get(f"/v1/reports/{report}/colleagues", headers=ADMIN)

    assert [one["role"] for one in answer.json()["items"]] == ["national_admin"]
