"""Similar reports found and supported, two merged and parted again: each operation driven to success."""

from typing import Any, Protocol

from shared.clients import Role
from tests.stack.driving import INTAKE, ROUTING, a_submission
from tests.waiting import until

CITY = "SAMARINDA"
WORDS = {"title": "Pohon tumbang di gang kelinci", "body": "Pohon besar tumbang dan menutup gang kelinci."}


class Call(Protocol):
    async def __call__(self, service: str, operation: str, **options: Any) -> Any: ...


async def duplicates(call: Call) -> None:
    older, younger = await _public_report(call), await _public_report(call)
    numbers = [one["tracking_number"] for one in (older, younger)]
    await _found(call, set(numbers))
    await _supported(call, older["tracking_number"])
    admin = {"role": Role.NATIONAL_ADMIN, "id": younger["id"]}
    similar = await call(ROUTING, "GET /v1/reports/{id}/similar", **admin)
    assert older["tracking_number"] in [one["tracking_number"] for one in similar["items"]]
    merged = await call(ROUTING, "POST /v1/reports/{id}/merge", json={"into": older["tracking_number"]}, **admin)
    assert merged["status"] == "merged"
    unmerged = await call(ROUTING, "POST /v1/reports/{id}/unmerge", **admin)
    assert unmerged["status"] == "verified"


async def _public_report(call: Call) -> dict[str, Any]:
    body = a_submission() | WORDS
    receipt: dict[str, Any] = await call(INTAKE, "POST /v1/reports", role=Role.REPORTER_APP, json=body)
    admin = {"role": Role.NATIONAL_ADMIN, "id": receipt["id"]}
    await call(ROUTING, "POST /v1/reports/{id}/verification", **admin)
    await call(ROUTING, "POST /v1/reports/{id}/forwarding", json={"agency": CITY}, **admin)
    return receipt


async def _found(call: Call, numbers: set[str]) -> None:
    """Once they are masked."""

    async def are_found() -> bool:
        answer = await call(INTAKE, "POST /v1/reports/similar", role=Role.REPORTER_APP, json=WORDS)
        return numbers <= {one["tracking_number"] for one in answer["items"]}

    await until(are_found)


async def _supported(call: Call, number: str) -> None:
    app = {"role": Role.REPORTER_APP}
    account = {"reporter_reference": "account-2"}
    operation = "POST /v1/reports/{tracking_number}/supports"
    counted = await call(INTAKE, operation, json=account, tracking_number=number, **app)
    assert counted["supports"] == 1
    listed = await call(INTAKE, "GET /v1/reporters/{reporter_reference}/supports", **account, **app)
    assert [one["tracking_number"] for one in listed["items"]] == [number]
    operation = "DELETE /v1/reports/{tracking_number}/supports/{reporter_reference}"
    await call(INTAKE, operation, tracking_number=number, **account, **app)
