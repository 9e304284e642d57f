"""Printed codes: one to read, and one to revoke."""

import asyncio
from typing import Any

from services.local.samples.calls import INTAKE, Calls
from shared.clients import Role


async def make_codes(call: Calls) -> dict[str, dict[str, Any]]:
    shown, revoked = await asyncio.gather(_code(call, "Lampu jalan 0001"), _code(call, "Lampu jalan 0002"))
    return {
        "intake_scan_qr_code": {"parameters": {"code": shown}},
        "intake_get_qr_picture": {"parameters": {"code": shown, "format": "svg"}},
        "intake_revoke_qr_code": {"parameters": {"code": revoked}},
    }


async def _code(call: Calls, label: str) -> str:
    body = {
        "label": label, "agency": "SAMARINDA-DPUPR", "category": "street_light_out",
        "location": {"text": "Jalan Pahlawan", "region_code": "64.72.03"},
    }  # fmt: skip
    made = await call(INTAKE, "POST", "/v1/qr-codes", body, role=Role.OPERATOR)
    code: str = made["code"]
    return code
