"""The operations on agencies, categories and files of the registry, each driven to success."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from shared.clients import Role
from tests.stack.driving import ROUTING

OPERATOR = Role.OPERATOR
CITY = "SAMARINDA"


class Call(Protocol):
    async def __call__(self, service: str, operation: str, **options: Any) -> Any: ...


async def registry(call: Call) -> None:
    agency = {"code": "SAMARINDA-SEMENTARA", "name": "Dinas Sementara", "kind": "dinas", "parent": CITY}
    await call(ROUTING, "POST /v1/agencies", role=OPERATOR, json=agency)
    there = {"role": OPERATOR, "code": agency["code"]}
    next_month = str((datetime.now(UTC) + timedelta(days=31)).date())
    renaming = {"name": "Dinas Tetap", "valid_from": next_month}
    await call(ROUTING, "POST /v1/agencies/{code}/names", json=renaming, **there)
    names = await call(ROUTING, "GET /v1/agencies/{code}/names", **there)
    assert [one["name"] for one in names["items"]] == ["Dinas Tetap", "Dinas Sementara"]
    merger = {"successor": "SAMARINDA-DPUPR", "valid_from": next_month}
    await call(ROUTING, "POST /v1/agencies/{code}/merger", json=merger, **there)
    category = {"code": "road_markings", "parent": "roads", "label": {"id": "Marka jalan", "en": "Road markings"}}
    await call(ROUTING, "POST /v1/categories", role=OPERATOR, json=category)
    of = {"role": OPERATOR, "code": category["code"]}
    await call(ROUTING, "PATCH /v1/categories/{code}", json={"valid_until": next_month}, **of)
    await call(ROUTING, "GET /v1/categories/{code}", **of)
    await call(ROUTING, "GET /v1/categories", role=OPERATOR)
    content = "agency,role,name,email\nSAMARINDA,coordinator,Budi,budi@samarinda.example\n"
    taken = await call(
        ROUTING, "POST /v1/registry/imports/{kind}", role=OPERATOR, kind="officers", content=content,
        headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    assert taken["created"] == 1
    await call(ROUTING, "GET /v1/registry/exports/{kind}", role=OPERATOR, kind="officers")
    health = await call(ROUTING, "GET /v1/registry/health", role=OPERATOR)
    assert health["counts"]["agency_without_liaison_officer"] > 100
