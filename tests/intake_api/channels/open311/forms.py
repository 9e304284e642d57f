"""What clients of Open311 send, and what they read of the answers."""

from typing import Any
from uuid import uuid4

import defusedxml.ElementTree as ET
import httpx
from sqlalchemy import select

from routing_service.access.accounts import systems
from routing_service.access.accounts.systems import SystemDraft
from shared.clients import Role
from shared.database import Sessions
from shared.schema import Report
from tests.factories import NOON
from tests.intake_api.helpers import Submitted

CLIENT_ID = "fixmystreet"
REQUESTS = "/open311/v2/requests"


async def a_key(
    sessions: Sessions, client: str, *, scopes: tuple[str, ...] = ("reports:submit",), role: Role = Role.CHANNEL,
    agency: str | None = None,
) -> str:  # fmt: skip
    """Of a client that is registered now."""
    async with sessions.begin() as session:
        draft = SystemDraft(client, role, id=client, channels=("web",), scopes=scopes, agency=agency)
        await systems.create_system(session, draft)
        return (await systems.add_secret(session, client, now=NOON)).text


def a_form(key: str, **changes: Any) -> dict[str, str]:
    """One that no other is like. `None` leaves a field out."""
    form = {
        "api_key": key,
        "service_code": "roads.damage",
        "description": f"Jalan berlubang\nBesar dan dalam, {uuid4()}.",
        "lat": "-0.5012",
        "long": "117.1537",
    }
    return {name: value for name, value in (form | changes).items() if value is not None}


def errors_of(answer: httpx.Response) -> list[tuple[int, str]]:
    """In either format."""
    if answer.headers["content-type"] == "text/xml; charset=utf-8":
        found = ET.fromstring(answer.content)
        assert found.tag == "errors"
        return [(int(one.findtext("code") or 0), one.findtext("description") or "") for one in found.findall("error")]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return [(one["code"], one["description"]) for one in answer.json()]


async def report_of(sessions: Sessions, answer: httpx.Response) -> Report:
    assert answer.status_code == 200, answer.text
    number = answer.json()[0]["service_request_id"]
    async with sessions() as session:
        return (await session.scalars(select(Report).where(Report.tracking_number == number))).one()


def as_submitted(report: Report) -> Submitted:
    """For what moves it on."""
    return Submitted(report.id, report.tracking_number, "")
