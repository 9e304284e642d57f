"""The health of the registry: what is missing or does not fit."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routing_service.registry.health.sentences import SENTENCES, GapCode
from shared.clients import Role
from shared.domain.lifecycle import Level, Status
from tests.factories import AGENCIES, NOON, bearer
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, OPERATOR, Office

PU = "SAMARINDA-PU"


async def gaps(office: Office, code: str, headers: Any = ADMIN, **params: Any) -> list[Any]:
    shown = await office.get("/v1/registry/health", headers, code=code, limit=200, **params)
    assert all("{" not in one["sentence"]["id"] + one["sentence"]["en"] for one in shown["items"])
    assert shown["counts"].get(code, 0) == len(shown["items"])
    return [(one["agency"], one["subject"], one["count"]) for one in shown["items"]]


async def officer(office: Office, agency: str, role: str = "liaison_officer", **changes: Any) -> str:
    body = {"role": role, "name": "Sari", "email": "sari@samarinda.example"} | changes
    response = await office.http.post(f"/v1/agencies/{agency}/officers", json=body, headers=OPERATOR)
    assert response.status_code == 201, response.text
    await office.execute("UPDATE officers SET created_at = :now", now=NOON)
    return str(response.json()["id"])


async def change(office: Office, path: str, **changes: Any) -> None:
    response = await office.http.patch(f"/v1/{path}", json=changes, headers=OPERATOR)
    assert response.status_code == 200, response.text


async def test_an_agency_without_an_active_liaison_officer_is_a_gap(office: Office) -> None:
    code = "agency_without_liaison_officer"
    below = {agency for agency, (_, parent, _) in AGENCIES.items() if parent is not None}
    before = await gaps(office, code)

    sari = await officer(office, PU)
    with_sari = await gaps(office, code)
    await change(office, f"officers/{sari}", active=False)

    assert {agency for agency, _, _ in before} == below
    assert {agency for agency, _, _ in with_sari} == below - {PU}
    assert await gaps(office, code) == before


async def test_a_head_is_no_liaison_officer(office: Office) -> None:
    await officer(office, PU, "agency_head")

    assert (PU, None, None) in await gaps(office, "agency_without_liaison_officer")


async def test_an_agency_that_is_out_of_service_needs_nobody(office: Office) -> None:
    await change(office, "agencies/SAMARINDA-PU-JALAN", valid_until="2026-03-01")
    await change(office, "agencies/SAMARINDA-DINKES", active=False)

    found = {agency for agency, _, _ in await gaps(office, "agency_without_liaison_officer")}

    assert found.isdisjoint({"SAMARINDA-PU-JALAN", "SAMARINDA-DINKES"})


@pytest.mark.parametrize(("days", "idle"), [(29, []), (30, [(PU, None, 2)])])
async def test_liaison_officers_who_have_not_acted_for_a_month_are_a_gap(office: Office, days: int, idle: Any) -> None:
    await officer(office, PU)
    await officer(office, PU, email="other@samarinda.example")

    office.clock.advance(days=days)

    assert await gaps(office, "liaison_officers_idle") == idle


async def test_one_who_acted_is_enough(office: Office) -> None:
    await officer(office, PU)
    await officer(office, PU, email="other@samarinda.example")
    await office.execute(
        "UPDATE officers SET last_active_at = :at WHERE email LIKE 'other%'", at=NOON + timedelta(days=9)
    )

    office.clock.advance(days=38)

    assert await gaps(office, "liaison_officers_idle") == []


async def test_an_instansi_without_a_coordinator_is_a_gap(office: Office) -> None:
    await officer(office, "SAMARINDA", "coordinator")

    found = {agency for agency, _, _ in await gaps(office, "instansi_without_coordinator")}

    assert found == {"KALTIM", "BALIKPAPAN"}


async def test_an_agency_that_rules_cannot_find_is_a_gap(office: Office) -> None:
    await change(office, f"agencies/{PU}", region=None, duties=["public_works"])
    await change(office, "agencies/BALIKPAPAN-PU", kind="village", level="village")

    assert await gaps(office, "agency_without_region") == [(PU, None, None)]
    without_duty = {agency for agency, _, _ in await gaps(office, "agency_without_duty")}
    assert without_duty == {"KALTIM-DISDIK", "SAMARINDA-PU-JALAN", "SAMARINDA-DINKES"}


async def test_an_instansi_that_verifies_what_lies_in_its_region_needs_one(office: Office) -> None:
    code = "own_verification_without_region"
    await change(office, "agencies/SAMARINDA", own_verification=True)
    with_region = await gaps(office, code)

    await change(office, "agencies/SAMARINDA", region=None)
    without = await gaps(office, code)
    await change(office, "agencies/SAMARINDA", own_verification=False)

    assert (with_region, without, await gaps(office, code)) == ([], [("SAMARINDA", None, None)], [])


async def test_a_ministry_that_verifies_its_own_needs_a_region_too(office: Office) -> None:
    await change(office, "agencies/BALIKPAPAN", level="national", region=None, own_verification=True)

    assert await gaps(office, "own_verification_without_region") == [("BALIKPAPAN", None, None)]
    assert await gaps(office, "agency_without_region") == []


@pytest.mark.parametrize(("now", "is_gap"), [(NOON, True), (NOON + timedelta(days=1), False)])
async def test_who_took_over_the_duties_of_another_agency_has_some(office: Office, now: datetime, is_gap: bool) -> None:
    await change(office, "agencies/SAMARINDA-PU-JALAN", duties=["public_works"])
    body = {"successor": "SAMARINDA-DINKES", "valid_from": "2026-03-03"}
    await office.http.post("/v1/agencies/SAMARINDA-PU-JALAN/merger", json=body, headers=OPERATOR)
    office.clock.now = now

    found = {agency for agency, _, _ in await gaps(office, "agency_without_duty")}

    assert ("SAMARINDA-DINKES" in found) is is_gap


async def test_a_duty_that_two_agencies_have_for_one_region_is_a_gap(office: Office) -> None:
    for agency in (PU, "SAMARINDA-DINKES", "BALIKPAPAN-PU"):
        await change(office, f"agencies/{agency}", duties=["public_works", "health"])
    await change(office, "agencies/SAMARINDA-DINKES", duties=["health"])

    assert await gaps(office, "duty_shared") == [("SAMARINDA-DINKES", "health", 2)]
    [gap] = (await office.get("/v1/registry/health", ADMIN, code="duty_shared"))["items"]
    assert "SAMARINDA-DINKES, SAMARINDA-PU" in gap["sentence"]["en"]


@pytest.mark.parametrize(
    ("now", "found"), [(datetime(2026, 3, 2, 15, 59, tzinfo=UTC), 0), (datetime(2026, 3, 2, 16, tzinfo=UTC), 1)]
)
async def test_an_agency_below_one_that_has_ended_is_a_gap_from_midnight_there(
    office: Office, now: datetime, found: int
) -> None:
    await change(office, f"agencies/{PU}", valid_until="2026-03-02")

    office.clock.now = now

    assert await gaps(office, "parent_out_of_service") == [("SAMARINDA-PU-JALAN", PU, None)] * found


async def test_a_successor_that_has_ended_too_is_a_gap(office: Office) -> None:
    merger = {"successor": "BALIKPAPAN-PU", "valid_from": "2026-03-02"}
    response = await office.http.post("/v1/agencies/SAMARINDA-DINKES/merger", json=merger, headers=OPERATOR)
    assert response.status_code == 200, response.text
    before = await gaps(office, "successor_out_of_service")

    await change(office, "agencies/BALIKPAPAN-PU", active=False)

    assert before == []
    assert await gaps(office, "successor_out_of_service") == [("SAMARINDA-DINKES", "BALIKPAPAN-PU", None)]


async def test_open_reports_that_are_held_where_nobody_works_are_a_gap(office: Office) -> None:
    for status in (Status.ASSIGNED, Status.ASSIGNED, Status.CLOSED):
        await office.report(holder_level=Level.AGENCY, holder_agency_code="BALIKPAPAN-PU", status=status)
    before = await gaps(office, "reports_held_out_of_service")

    await change(office, "agencies/BALIKPAPAN-PU", active=False)

    assert before == []
    assert await gaps(office, "reports_held_out_of_service") == [("BALIKPAPAN-PU", None, 2)]


@pytest.mark.parametrize(
    ("headers", "count"),
    [
        (OPERATOR, 1),
        (bearer(Role.SUPERVISOR), 1),
        (bearer(Role.SUPERVISOR, scopes=("reports:secret",)), 3),
        (ADMIN, 3),
        (bearer(Role.COORDINATOR, agency="BALIKPAPAN"), 3),
    ],
)
async def test_secret_reports_count_for_those_alone_who_may_know_of_them(
    office: Office, headers: Any, count: int
) -> None:
    for secret in (True, True, False):
        await office.report(holder_level=Level.AGENCY, holder_agency_code="BALIKPAPAN-PU", secret=secret)
    await change(office, "agencies/BALIKPAPAN-PU", active=False)

    health = await office.get("/v1/registry/health", headers, code="reports_held_out_of_service")

    assert [(one["agency"], one["count"]) for one in health["items"]] == [("BALIKPAPAN-PU", count)]
    assert str(count) in health["items"][0]["sentence"]["en"]


async def test_where_only_secret_reports_are_held_operators_are_told_of_no_gap(office: Office) -> None:
    await office.report(holder_level=Level.AGENCY, holder_agency_code="BALIKPAPAN-PU", secret=True)
    await change(office, "agencies/BALIKPAPAN-PU", active=False)

    health = await office.get("/v1/registry/health", OPERATOR, code="reports_held_out_of_service")

    assert (health["items"], health["counts"]) == ([], {})


async def test_a_rule_in_force_that_names_an_agency_out_of_service_is_a_gap(office: Office) -> None:
    results = [{"agency": PU}, {"agency": "NOWHERE"}, {"agencies": [PU, "SAMARINDA-DINKES"]}, {"competent": "health"}]
    await office.execute("UPDATE rule_sets SET state = 'retired' WHERE state = 'active'")
    for name, state in (("In force", "active"), ("Old", "retired")):
        await office.execute(
            """
            WITH made AS (
                INSERT INTO rule_sets (name, note, created_by) VALUES (:name, '', 'operator:o') RETURNING id
            )
            INSERT INTO rules (rule_set_id, position, conditions, result)
            SELECT id, place, '{}', result
            FROM made, jsonb_array_elements(CAST(:results AS jsonb)) WITH ORDINALITY AS r (result, place)
            """,
            name=name,
            results=json.dumps(results),
        )
        activate = "UPDATE rule_sets SET state = :state, activated_at = now() WHERE name = :name"
        await office.execute(activate, name=name, state=state)
    await change(office, "agencies/SAMARINDA-DINKES", active=False)

    found = await gaps(office, "rule_names_out_of_service")

    assert found == [("NOWHERE", "2", None), ("SAMARINDA-DINKES", "3", None)]


async def test_an_agency_without_a_head_is_a_gap(office: Office) -> None:
    below = {agency for agency, (_, parent, _) in AGENCIES.items() if parent is not None}
    before = {agency for agency, _, _ in await gaps(office, "agency_without_head")}

    await officer(office, PU, "agency_head")

    assert before == below
    assert {agency for agency, _, _ in await gaps(office, "agency_without_head")} == below - {PU}


@pytest.mark.parametrize("role", ["regional_head", "regional_secretary", "inspectorate"])
async def test_a_government_that_nobody_at_its_top_is_registered_for_is_a_gap(office: Office, role: str) -> None:
    await officer(office, "SAMARINDA", role)

    found = {agency for agency, _, _ in await gaps(office, f"instansi_without_{role}")}

    assert found == {"KALTIM", "BALIKPAPAN"}


async def test_a_nation_without_an_administrator_is_a_gap(office: Office) -> None:
    before = await gaps(office, "no_national_admin")
    body = {"name": "Ani", "email": "ani@pusat.example"}
    response = await office.http.post("/v1/officers", json=body, headers=OPERATOR)
    assert response.status_code == 201, response.text

    assert before == [(None, None, None)]
    assert await gaps(office, "no_national_admin") == []
    assert await gaps(office, "no_national_admin", COORDINATOR) == []


async def test_two_that_govern_one_region_and_two_of_one_name_are_gaps(office: Office) -> None:
    for code, parent in (("KOTA-SAMARINDA", None), ("SAMARINDA-DPU", "SAMARINDA")):
        kind, name = ("city", "Pemerintah Kota") if parent is None else ("dinas", " dinas pu  SAMARINDA ")
        body = {"code": code, "name": name, "kind": kind, "parent": parent, "region": "64.72"}
        response = await office.http.post("/v1/agencies", json=body, headers=OPERATOR)
        assert response.status_code == 201, response.text
    await office.execute("UPDATE agencies SET name = 'Dinas PU Samarinda' WHERE code = :code", code=PU)

    assert await gaps(office, "region_governed_twice") == [("KOTA-SAMARINDA", "64.72", 2)]
    assert await gaps(office, "name_shared") == [("SAMARINDA-DPU", None, 2)]


async def test_a_village_with_the_code_of_another_is_a_gap(office: Office) -> None:
    await office.execute(
        "INSERT INTO regions (code, name, parent_code) VALUES ('64.72.09', 'Palaran', '64.72'), "
        "('64.72.09.1001', 'Rawa Makmur', '64.72.09')"
    )
    for code, name, region in (
        ("RIGHT", "Kelurahan Rawamakmur", "64.72.09.1001"),
        ("WRONG", "Kelurahan Bukuan", "64.72.09.1001"),
        ("FAR", "Kelurahan Rawa Makmur", "64"),
    ):
        body = {"code": code, "name": name, "kind": "village", "parent": "SAMARINDA", "region": region}
        response = await office.http.post("/v1/agencies", json=body, headers=OPERATOR)
        assert response.status_code == 201, response.text

    assert await gaps(office, "region_outside_parent") == [("FAR", "64", None)]
    found = [agency for agency, _, _ in await gaps(office, "region_of_another_name")]
    assert "WRONG" in found
    assert "RIGHT" not in found


async def test_categories_without_a_label_and_below_one_that_ended_are_gaps(office: Office) -> None:
    await office.execute("UPDATE categories SET label_en = ' ' WHERE code = 'health'")
    await change(office, "categories/roads", valid_until="2026-03-01")

    assert await gaps(office, "category_without_label") == [(None, "health", None)]
    assert await gaps(office, "category_below_ended") == [(None, "roads.damage", None)]


async def test_a_coordinator_sees_the_gaps_of_his_instansi(office: Office) -> None:
    code = "agency_without_liaison_officer"

    own = {agency for agency, _, _ in await gaps(office, code, COORDINATOR)}
    part = {agency for agency, _, _ in await gaps(office, code, COORDINATOR, agency=PU)}
    foreign = await office.http.get("/v1/registry/health", params={"agency": "BALIKPAPAN"}, headers=COORDINATOR)

    assert own == {PU, "SAMARINDA-PU-JALAN", "SAMARINDA-DINKES"}
    assert part == {PU, "SAMARINDA-PU-JALAN"}
    assert foreign.status_code == 403


async def test_the_list_comes_in_pages_with_the_counts_of_all(office: Office) -> None:
    everything = await office.get("/v1/registry/health", ADMIN, limit=200)
    seen: list[Any] = []
    cursor: dict[str, str] = {}

    while True:
        page = await office.get("/v1/registry/health", ADMIN, limit=3, **cursor)
        assert page["counts"] == everything["counts"]
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert seen == everything["items"]
    assert sum(everything["counts"].values()) == len(seen)


async def test_who_asks_and_for_what_is_checked(office: Office) -> None:
    async def status(headers: Any, **params: Any) -> int:
        return (await office.http.get("/v1/registry/health", params=params, headers=headers)).status_code

    assert await status(OFFICER) == 403
    assert await status(bearer(Role.SUPERVISOR)) == 200
    assert await status(OPERATOR, agency="NOWHERE") == 404
    assert await status(OPERATOR, code="no_such_gap") == 422
    assert await status(OPERATOR, cursor="W10") == 422


def test_every_gap_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(GapCode)
    assert all(indonesian and english for indonesian, english in SENTENCES.values())
