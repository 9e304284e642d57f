"""Who may do what, against a table typed by hand from the domain, over HTTP with real tokens."""

from uuid import UUID

import pytest

from shared.clients import Role
from shared.domain.lifecycle import Level, Status
from shared.log.events import EventType
from tests.factories import bearer
from tests.routing_service import driving
from tests.routing_service.conftest import World
from tests.routing_service.driving import BODIES, FINAL, Office

ACTORS = {
    "national admin": driving.ADMIN,
    "coordinator": driving.COORDINATOR,
    "officer": driving.OFFICER,
    "head": driving.HEAD,
    "channel": driving.CHANNEL,
    "officer above": bearer(Role.LIAISON_OFFICER, sub="root-1", agency="SAMARINDA"),
    "officer below": bearer(Role.LIAISON_OFFICER, sub="jalan-1", agency="SAMARINDA-PU-JALAN"),
    "officer beside": driving.OTHER_OFFICER,
    "other coordinator": driving.OTHER_COORDINATOR,
    "supervisor": driving.SUPERVISOR,
    "custodian": driving.CUSTODIAN,
    "operator": driving.OPERATOR,
    "service": driving.SERVICE,
    "app": bearer(Role.REPORTER_APP, sub="mobile-app"),
    "channel without scope": bearer(Role.CHANNEL, agency="SAMARINDA-PU", scopes=("reports:submit",)),
    "channel without agency": bearer(Role.CHANNEL, scopes=("reports:work",)),
}
LINE = {"officer", "head", "channel"}  # of the agency that holds it

#: (action, status, who holds it) -> who may. Everybody else is refused.
TABLE: dict[tuple[str, Status, str], set[str]] = {
    ("verification", Status.RECEIVED, "national"): {"national admin"},
    ("verification", Status.RECEIVED, "coordinator"): {"national admin", "coordinator"},
    ("correction", Status.VERIFIED, "national"): {"national admin"},
    ("correction", Status.VERIFIED, "coordinator"): {"national admin", "coordinator"},
    ("correction", Status.ASSIGNED, "agency"): {"national admin", "coordinator"},
    ("forwarding", Status.VERIFIED, "national"): {"national admin"},
    ("forwarding", Status.VERIFIED, "coordinator"): {"national admin", "coordinator"},
    ("disposition", Status.VERIFIED, "national"): {"national admin"},
    ("disposition", Status.VERIFIED, "coordinator"): {"national admin", "coordinator"},
    ("answer", Status.VERIFIED, "national"): {"national admin"},
    ("answer", Status.VERIFIED, "coordinator"): {"coordinator"},
    ("redirection", Status.ASSIGNED, "agency"): {"coordinator"},
    ("redirection", Status.IN_PROGRESS, "agency"): {"coordinator"},
    ("returns", Status.ASSIGNED, "agency"): {"coordinator"} | LINE,
    ("returns", Status.VERIFIED, "coordinator"): {"coordinator"},
    ("returns", Status.VERIFIED, "national"): set(),
    ("hold", Status.RECEIVED, "national"): {"national admin"},
    ("hold", Status.VERIFIED, "coordinator"): {"coordinator"},
    ("hold", Status.ASSIGNED, "agency"): {"coordinator"} | LINE,
    ("resumption", Status.AWAITING_REPORTER, "agency"): {"coordinator"} | LINE,
    ("responses", Status.ASSIGNED, "agency"): {"coordinator"} | LINE,
    ("responses, final", Status.IN_PROGRESS, "agency"): {"coordinator"} | LINE,
    ("archive", Status.RECEIVED, "national"): {"national admin"},
    ("archive", Status.RECEIVED, "coordinator"): {"national admin", "coordinator"},
    ("archive", Status.VERIFIED, "coordinator"): {"national admin", "coordinator"},
    ("merge", Status.RECEIVED, "coordinator"): {"national admin", "coordinator"},
    ("merge", Status.RECEIVED, "national"): {"national admin"},
    ("merge", Status.ASSIGNED, "agency"): {"national admin", "coordinator"},
    ("unmerge", Status.MERGED, "agency"): {"national admin", "coordinator"},
    ("notes", Status.ASSIGNED, "agency"): {"national admin", "coordinator"} | LINE,
}


async def the_report(office: Office, world: World, status: Status, holder: str, *, secret: bool = False) -> UUID:
    if not secret and status is Status.RECEIVED and holder == "coordinator":
        return world.arrived
    if not secret and not (status is Status.VERIFIED and holder == "national"):
        return world.reports[status]
    at = {"holder_level": Level.COORDINATOR, "holder_agency_code": "SAMARINDA"} if holder == "coordinator" else {}
    if status is Status.ASSIGNED:
        return await office.made(status, secret=secret)
    report = await office.report(secret=secret, **at)
    if status is Status.VERIFIED:
        await office.done(report, "verification", driving.ADMIN)
    return report


def body_of(action: str) -> dict[str, object]:
    name, _, final = action.partition(", ")
    return {"agency": "BALIKPAPAN"} if name == "forwarding" else FINAL if final else BODIES[name]


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize(("action", "status", "holder"), TABLE)
async def test_an_action_is_open_to_those_whom_the_table_names_and_to_nobody_else(
    office: Office, world: World, action: str, status: Status, holder: str, actor: str
) -> None:
    report = await the_report(office, world, status, holder)

    response = await office.act(report, action.partition(",")[0], ACTORS[actor], **body_of(action))

    if actor in TABLE[action, status, holder]:
        assert response.status_code == 200, response.text
    else:
        assert (response.status_code, response.json()["code"]) in {(403, "forbidden"), (403, "missing_scope")}
        assert await office.status(report) is status


@pytest.mark.parametrize("actor", ["officer above", "officer below", "officer beside", "other coordinator"])
async def test_a_secret_report_is_not_there_for_those_who_may_not_see_it(
    office: Office, world: World, actor: str
) -> None:
    report = await the_report(office, world, Status.ASSIGNED, "agency", secret=True)

    for action, body in BODIES.items():
        response = await office.act(report, action, ACTORS[actor], **body)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), action


@pytest.mark.parametrize("action", BODIES)
async def test_an_action_needs_a_token(office: Office, world: World, action: str) -> None:
    response = await office.act(world.reports[Status.ASSIGNED], action, {}, **BODIES[action])

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


async def test_the_line_of_an_agency_ends_below_its_instansi_and_includes_what_lies_between(office: Office) -> None:
    report = await office.made(Status.VERIFIED)
    await office.done(report, "disposition", driving.COORDINATOR, agency="SAMARINDA-PU-JALAN")

    refused = await office.act(report, "responses", ACTORS["officer above"], **FINAL)
    answered = await office.done(report, "responses", driving.OFFICER)

    assert refused.status_code == 403
    assert answered["status"] == "in_progress"
    assert (await office.last(report)).data["on_behalf_of"] == "SAMARINDA-PU-JALAN"


async def test_an_instansi_that_answers_itself_is_its_own_line(office: Office) -> None:
    report = await office.made(Status.VERIFIED)
    await office.done(report, "disposition", driving.COORDINATOR, agency="SAMARINDA")

    await office.done(report, "responses", ACTORS["officer above"])

    assert "on_behalf_of" not in (await office.last(report)).data


async def test_after_a_direct_answer_the_holder_goes_on_answering(office: Office) -> None:
    """The reporter is not content, and no agency has the report."""
    report = await office.report()
    await office.done(report, "verification", driving.ADMIN)
    await office.done(report, "answer", driving.ADMIN)
    await office.fact(report, EventType.REPORTER_REPLIED)

    answered = await office.done(report, "responses", driving.ADMIN, **FINAL)

    assert (answered["status"], answered["holder"]) == ("answered", {"level": "national", "agency": None})
