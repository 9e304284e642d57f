"""What the monitor's operations act on: a deadline missed long ago, drafts of a calendar and of a policy."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from services.local.samples.calls import INTAKE, MONITOR, PATIENCE_SECONDS, PAUSE_SECONDS, Calls
from services.local.samples.past import Past
from services.local.samples.reports import CITY
from shared.clients import Role
from shared.http.openapi import examples

OPERATOR = Role.OPERATOR
PERIOD_DAYS = 90

Sample = dict[str, Any]


async def make(call: Calls, before: Past, *, now: datetime) -> dict[str, Sample]:
    parts = await asyncio.gather(
        _missed(call, before, now=now),
        _calendars(call),
        _policies(call, now=now),
        _simulated(call),
        _logged(call, before),
    )
    return {operation: sample for part in parts for operation, sample in part.items()}


async def _missed(call: Calls, before: Past, *, now: datetime) -> dict[str, Sample]:
    """The report of long ago; its reporter agrees that the Ombudsman is told. A reprimand for it, and another one for
    a period of a day less, to be compiled.
    """
    number = before.number
    consent = {"purpose": "ombudsman", "granted": True}
    await call(INTAKE, "POST", f"/v1/reports/{number}/consents", consent, role=Role.CHANNEL, code=before.code)
    escalation = {"parameters": {"id": await _escalated(call, number)}}
    whole, shorter = (_period(now, days) for days in (PERIOD_DAYS, PERIOD_DAYS - 1))
    compiled = await call(MONITOR, "POST", "/v1/reprimands", {"agency": CITY} | whole, role=OPERATOR)
    return {
        "sla_get_escalation": escalation,
        "sla_acknowledge_escalation": escalation,
        "sla_get_ombudsman_package": {"parameters": {"id": number}},
        "sla_compile_reprimand": {"body": shorter},
        "sla_get_reprimand": {"parameters": {"id": compiled["id"]}},
    }


def _period(now: datetime, days: int) -> dict[str, str]:
    """It ends with yesterday."""
    today = now.date()
    return {"first_day": str(today - timedelta(days=days)), "last_day": str(today - timedelta(days=1))}


async def _escalated(call: Calls, number: str) -> str:
    """The escalation by which the reporter is asked about the Ombudsman."""
    path = "/v1/escalations?stage=oversight_resolution"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            listed = await call(MONITOR, "GET", path, role=Role.NATIONAL_ADMIN)
            for one in listed["items"]:
                if one["tracking_number"] == number:
                    return str(one["id"])
            await asyncio.sleep(PAUSE_SECONDS)


async def _logged(call: Calls, before: Past) -> dict[str, Sample]:
    """The report of long ago is in the log with the first checkpoint, which the service makes as it starts."""
    path = f"/v1/reports/{before.number}/receipt"
    await call.until(INTAKE, "GET", path, role=Role.REPORTER_APP, code=before.code)
    return {"intake_get_receipt": {"parameters": {"tracking_number": before.number, "X-Access-Code": before.code}}}


async def _calendars(call: Calls) -> dict[str, Sample]:
    listed = await call(MONITOR, "GET", "/v1/calendars", role=OPERATOR)
    active = next(version["id"] for version in listed["items"] if version["status"] == "active")

    async def draft(name: str) -> dict[str, int]:
        return {"id": (await call(MONITOR, "POST", "/v1/calendars", {"name": name}, role=OPERATOR))["id"]}

    changed = {"parameters": await draft("Contoh: rancangan")}
    return {
        "sla_get_calendar": {"parameters": {"id": active}},
        **{f"sla_{one}": changed for one in ("amend_calendar", "amend_calendar_by_csv", "preview_calendar")},
        "sla_activate_calendar": {
            "parameters": await draft("Contoh: rancangan yang siap diberlakukan"),
            "body": {"replaces": active},
        },
    }


async def _policies(call: Calls, *, now: datetime) -> dict[str, Sample]:
    policy = examples.written("sla_monitor")["sla_draft_policy"]["body"] | {"code": "KALTIM-CONTOH"}
    await call(MONITOR, "POST", "/v1/policies", policy, role=OPERATOR)
    path = "/v1/agencies/SAMARINDA-DISDAG/limits/first_response"
    put = await call(MONITOR, "PUT", path, {"days": 4, "legal_basis": "Contoh"}, role=OPERATOR)
    listed = await call(MONITOR, "GET", "/v1/recomputations", role=OPERATOR)
    return {
        "sla_activate_policy": {
            "parameters": {"code": "KALTIM-CONTOH"},
            "body": {"effective_from": str((now + timedelta(days=31)).date())},
        },
        "sla_get_recomputation": {"parameters": {"id": (listed["items"] or [put])[0]["id"]}},
    }


async def _simulated(call: Calls) -> dict[str, Sample]:
    asked = examples.written("sla_monitor")["sla_simulate"]["body"]
    return {
        "sla_get_simulation": {
            "parameters": {"id": (await call(MONITOR, "POST", "/v1/simulations", asked, role=OPERATOR))["id"]}
        }
    }
