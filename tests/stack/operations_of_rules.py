"""The operations on calendars, policies, officers and what follows from a missed deadline, each driven to success."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import text

from services.database import engine_for
from shared.clients import Role, Scope
from tests.stack.driving import INTAKE, MONITOR, ROUTING, a_submission
from tests.waiting import until

OPERATOR = Role.OPERATOR
OFFICER = {"name": "Ani", "email": "ani@samarinda.example"}
CITY = "SAMARINDA"


class Call(Protocol):
    async def __call__(self, service: str, operation: str, **options: Any) -> Any: ...


async def officers(call: Call) -> None:
    body = OFFICER | {"role": "liaison_officer"}
    made = await call(ROUTING, "POST /v1/agencies/{code}/officers", role=OPERATOR, json=body, code=CITY)
    await call(ROUTING, "GET /v1/agencies/{code}/officers", role=OPERATOR, code=CITY)
    await call(ROUTING, "POST /v1/officers", role=OPERATOR, json=OFFICER)
    await call(ROUTING, "GET /v1/officers", role=OPERATOR)
    await call(ROUTING, "GET /v1/officers/{id}", role=OPERATOR, id=made["id"])
    await call(ROUTING, "PATCH /v1/officers/{id}", role=OPERATOR, json={"language": "en"}, id=made["id"])


async def calendars(call: Call) -> None:
    listed = await call(MONITOR, "GET /v1/calendars", role=OPERATOR)
    active = next(version["id"] for version in listed["items"] if version["status"] == "active")
    draft = await call(MONITOR, "POST /v1/calendars", role=OPERATOR, json={"name": "Uji", "decree": "SKB 1/2026"})
    there = {"role": OPERATOR, "id": str(draft["id"])}
    day = {"date": "2026-01-09", "kind": "regional", "province": "64", "name": {"id": "Hari jadi", "en": "Anniversary"}}
    await call(MONITOR, "POST /v1/calendars/{id}/days", json={"add": [day]}, **there)
    csv = "action,date,kind,province,name_id,name_en\nadd,2026-01-12,regional,64,Uji,Test\n"
    await call(MONITOR, "POST /v1/calendars/{id}/days/csv", content=csv, headers={"Content-Type": "text/csv"}, **there)
    await call(MONITOR, "GET /v1/calendars/{id}", **there)
    await call(MONITOR, "POST /v1/calendars/{id}/preview", **there)
    await call(MONITOR, "POST /v1/calendars/{id}/activation", json={"replaces": active}, **there)
    listed = await call(MONITOR, "GET /v1/recomputations", role=OPERATOR)
    await call(MONITOR, "GET /v1/recomputations/{id}", role=OPERATOR, id=str(listed["items"][0]["id"]))


async def policies(call: Call) -> None:
    await call(MONITOR, "GET /v1/policies", role=OPERATOR)
    default = await call(MONITOR, "GET /v1/policies/{code}", role=OPERATOR, code="ID-SP4N-2018")
    names = ("name", "legal_basis", "cuti_bersama_off", "new_round", "recipients", "stages", "ladders")
    document = {key: default["document"][key] for key in names if key in default["document"]} | {"code": "UJI-2030"}
    await call(MONITOR, "POST /v1/policies", role=OPERATOR, json=document)
    there = {"role": OPERATOR, "code": "UJI-2030"}
    await call(MONITOR, "POST /v1/policies/{code}/activation", json={"effective_from": "2030-01-01"}, **there)
    chosen = {"filter": {"policy": "ID-SP4N-2018"}}
    await call(MONITOR, "POST /v1/policies/{code}/migration/preview", json=chosen, **there)
    await call(MONITOR, "POST /v1/policies/{code}/migration", json=chosen, **there)
    limit = {"role": OPERATOR, "code": CITY, "stage": "first_response"}
    await call(MONITOR, "PUT /v1/agencies/{code}/limits/{stage}", json={"days": 3}, **limit)
    await call(MONITOR, "GET /v1/agencies/{code}/limits", role=OPERATOR, code=CITY)
    await call(MONITOR, "DELETE /v1/agencies/{code}/limits/{stage}", **limit)
    simulation = {"policy": "UJI-2030", "from": "2026-01-01", "to": "2026-01-31"}
    started = await call(MONITOR, "POST /v1/simulations", role=OPERATOR, json=simulation)
    await call(MONITOR, "GET /v1/simulations", role=OPERATOR)
    await call(MONITOR, "GET /v1/simulations/{id}", role=OPERATOR, id=started["id"])


async def a_missed_deadline(call: Call, database_url: str) -> None:
    """A paper form of a hundred days ago: escalated, acknowledged, reprimanded for, and handed to the Ombudsman."""
    received_at = (datetime.now(UTC) - timedelta(days=100)).isoformat()
    form = a_submission(received_at=received_at)
    counter = {"role": Role.CHANNEL, "agency": "SAMARINDA-DPUPR", "scopes": (Scope.SUBMIT,)}
    receipt = await call(INTAKE, "POST /v1/reports", json=form, **counter)
    escalation = await _escalated(call, receipt["tracking_number"])
    admin = {"role": Role.NATIONAL_ADMIN}
    await call(MONITOR, "GET /v1/escalations/{id}", id=escalation["id"], **admin)
    note = {"note": "Sudah dihubungi."}
    await call(MONITOR, "POST /v1/escalations/{id}/acknowledgement", json=note, id=escalation["id"], **admin)
    await _recorded_days_ago(database_url, 3)  # a reprimand is for a period that has ended
    today = datetime.now(UTC).date()
    asked = {"agency": CITY, "first_day": str(today - timedelta(days=90)), "last_day": str(today - timedelta(days=1))}
    made = await call(MONITOR, "POST /v1/reprimands", role=OPERATOR, json=asked)
    await call(MONITOR, "GET /v1/reprimands/preview", params={"agency": CITY}, **admin)
    await call(MONITOR, "GET /v1/reprimands", **admin)
    await call(MONITOR, "GET /v1/reprimands/{id}", id=made["id"], **admin)
    await call(MONITOR, "GET /v1/reprimands/preview", params={"agency": CITY}, **admin)
    code = {"X-Access-Code": receipt["access_code"]}
    consent = {"purpose": "ombudsman", "granted": True}
    operation = "POST /v1/reports/{tracking_number}/consents"
    await call(INTAKE, operation, headers=code, json=consent, tracking_number=receipt["tracking_number"])
    await call(MONITOR, "GET /v1/reports/{id}/ombudsman-package", id=receipt["id"], **admin)


async def _recorded_days_ago(database_url: str, days: int) -> None:
    engine = engine_for(database_url)
    async with engine.begin() as connection:
        statement = text("UPDATE escalations SET recorded_at = recorded_at - make_interval(days => :days)")
        await connection.execute(statement, {"days": days})
    await engine.dispose()


async def _escalated(call: Call, tracking_number: str) -> dict[str, Any]:
    """The escalation by which the reporter is asked about the Ombudsman."""
    found: list[dict[str, Any]] = []

    async def escalated() -> list[dict[str, Any]]:
        params = {"stage": "oversight_resolution"}
        listed = await call(MONITOR, "GET /v1/escalations", role=Role.NATIONAL_ADMIN, params=params)
        found[:] = [item for item in listed["items"] if item["tracking_number"] == tracking_number]
        return found

    await until(escalated)
    return found[0]
