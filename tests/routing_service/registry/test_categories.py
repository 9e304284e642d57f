"""The tree of categories over HTTP."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.lifecycle import Status
from tests.factories import CATEGORIES
from tests.routing_service.driving import ADMIN, OPERATOR, Office

NEW = {"code": "road_markings", "parent": "roads", "label": {"id": "Marka jalan pudar", "en": "Faded road markings"}}


async def create(office: Office, headers: Any = OPERATOR, **changes: Any) -> Any:
    return await office.http.post("/v1/categories", json=NEW | changes, headers=headers)


async def patch(office: Office, code: str, headers: Any = OPERATOR, /, **changes: Any) -> Any:
    return await office.http.patch(f"/v1/categories/{code}", json=changes, headers=headers)


async def test_an_operator_adds_a_category(office: Office) -> None:
    response = await create(office, valid_from="2026-07-01")

    assert response.status_code == 201, response.text
    said = {"needs_evidence": False, "valid_from": "2026-07-01", "valid_until": None, "active": True}
    assert response.json() == NEW | said
    assert await office.get("/v1/categories/road_markings", ADMIN) == response.json()


async def test_the_same_addition_twice_with_its_key_is_one(office: Office) -> None:
    headers = OPERATOR | {"Idempotency-Key": "category:1"}

    first, again = await create(office, headers), await create(office, headers)

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"parent": "nowhere"}, 422, "unknown_category"),
        ({"parent": "road_markings"}, 422, "category_cycle"),
        ({"code": "health"}, 409, "category_exists"),
        ({"label": {"id": "Marka"}}, 422, "invalid"),
        ({"label": {"id": " ", "en": "x"}}, 422, "invalid"),
        ({"valid_from": "2026-07-02", "valid_until": "2026-07-01"}, 422, "validity_reversed"),
        ({"valid_from": "1026-07-02"}, 422, "invalid"),
    ],
)
async def test_a_category_that_makes_no_sense_is_refused(office: Office, changes: Any, status: int, code: str) -> None:
    response = await create(office, **changes)

    assert (response.status_code, response.json()["code"]) == (status, code), response.text


async def test_a_patch_changes_what_it_names_and_nothing_else(office: Office) -> None:
    before = await office.get("/v1/categories/roads.damage", ADMIN)

    ended = await patch(office, "roads.damage", valid_until="2026-12-31")
    labelled = await patch(office, "roads.damage", label={"id": "Jalan rusak", "en": "Damaged road"})
    freed = await patch(office, "roads.damage", parent=None, valid_until=None)
    demanding = await patch(office, "roads.damage", needs_evidence=True)

    assert ended.json() == before | {"valid_until": "2026-12-31"}
    assert labelled.json()["label"] == {"id": "Jalan rusak", "en": "Damaged road"}
    assert (freed.json()["parent"], freed.json()["valid_until"]) == (None, None)
    assert demanding.json() == freed.json() | {"needs_evidence": True}
    assert (await patch(office, "roads.damage")).json() == demanding.json()


@pytest.mark.parametrize(
    ("code", "changes", "status", "problem"),
    [
        ("nowhere", {"active": False}, 404, "not_found"),
        ("roads", {"parent": "roads.damage"}, 422, "category_cycle"),
        ("roads", {"parent": "roads"}, 422, "category_cycle"),
        ("roads", {"parent": "nowhere"}, 422, "unknown_category"),
        ("roads", {"label": None}, 422, "invalid"),
        ("roads", {"active": None}, 422, "invalid"),
        ("roads", {"needs_evidence": None}, 422, "invalid"),
        ("roads", {"code": "x"}, 422, "invalid"),
    ],
)
async def test_a_patch_that_makes_no_sense_is_refused(
    office: Office, code: str, changes: Any, status: int, problem: str
) -> None:
    response = await patch(office, code, **changes)

    assert (response.status_code, response.json()["code"]) == (status, problem), response.text


async def test_two_moves_at_once_never_make_a_loop(busy: Office) -> None:
    answers = await asyncio.gather(patch(busy, "roads", parent="health"), patch(busy, "health", parent="roads"))

    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_the_list_is_filtered_and_paged(office: Office) -> None:
    async def codes(**params: Any) -> list[str]:
        return [item["code"] for item in (await office.get("/v1/categories", ADMIN, **params))["items"]]

    await create(office, valid_from="2026-07-01", valid_until="2026-07-31")

    assert await codes(parent="roads") == ["road_markings", "roads.damage"]
    assert await codes(in_service_on="2026-06-30") == sorted(CATEGORIES)
    assert "road_markings" in await codes(in_service_on="2026-07-01")
    assert "road_markings" in await codes(in_service_on="2026-07-31")
    assert await codes(in_service_on="2026-08-01") == sorted(CATEGORIES)
    assert await codes(active=False) == []
    first = await office.get("/v1/categories", ADMIN, limit=2)
    rest = await office.get("/v1/categories", ADMIN, cursor=first["next_cursor"])
    assert [one["code"] for one in first["items"] + rest["items"]] == await codes()


@pytest.mark.parametrize(("hour", "status"), [(16, 200), (17, 422)])
async def test_a_verifier_chooses_a_category_that_is_in_service(office: Office, hour: int, status: int) -> None:
    """Until midnight in Jakarta, at 17:00 UTC."""
    await create(office, valid_until="2026-03-02")
    office.clock.now = datetime(2026, 3, 2, hour, tzinfo=UTC)

    response = await office.act(office.reports[Status.RECEIVED], "verification", ADMIN, category="road_markings")

    assert response.status_code == status, response.text
    if status == 422:
        assert response.json()["code"] == "inactive_category"


async def test_a_report_keeps_a_category_that_has_ended(office: Office) -> None:
    await patch(office, "roads.damage", active=False)

    response = await office.act(office.reports[Status.RECEIVED], "verification", ADMIN, category="roads.damage")

    assert response.status_code == 200, response.text


async def test_only_operators_write_categories(office: Office) -> None:
    assert (await create(office, ADMIN)).status_code == 403
    assert (await patch(office, "roads", ADMIN, active=False)).status_code == 403
