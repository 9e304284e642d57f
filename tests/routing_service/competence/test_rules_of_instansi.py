"""An instansi has rules of its own for the reports in its region: below the nation's, for its own agencies alone."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import Place
from routing_service.competence.rule_sets.findings import FindingCode, Severity
from routing_service.competence.rule_sets.own import lint_own
from routing_service.competence.rules.apply import NO_RULE_SET, RuleSet
from routing_service.competence.rules.instansi import InstansiRules, rule
from routing_service.competence.rules.rule import rule as read_rule
from routing_service.competence.rules.ruling import FailureCode, Ruling
from routing_service.registry.directory import Directory, Listed
from shared.clients import Role
from shared.schema import Agency
from tests.factories import a_rule_set, bearer
from tests.routing_service.driving import ADMIN, COORDINATOR, OPERATOR, OTHER_COORDINATOR, SUPERVISOR, Json, Office
from tests.seeded import DIRECTORY as SEEDED
from tests.seeded import RULES

TODAY = date(2026, 3, 2)
LISTED = (
    Listed("KALTIM", "Kaltim", "province", "province", None, "64"),
    Listed("KALTIM-PU", "PU", "dinas", "agency", "KALTIM", "64", ("public_works",)),
    Listed("SAMARINDA", "Samarinda", "city", "regency_city", None, "64.72"),
    Listed("SAMARINDA-PU", "PU", "dinas", "agency", "SAMARINDA", "64.72", ("housing",)),
    Listed("BALIKPAPAN", "Balikpapan", "city", "regency_city", None, "64.71"),
)
DIRECTORY = Directory(1, {one.code: one for one in LISTED}, {"roads": None, "drains": None})
REPORT = Inquiry("Parit tersumbat", "Di gang.", TODAY, category="drains")
OWN = {"agency": "SAMARINDA-PU"}
DRAINS: Json = {"conditions": {"category": ["roads"]}, "result": OWN}


def a_set(id: int, *rules: tuple[Any, Any]) -> RuleSet:
    return RuleSet(id, [read_rule(id * 10 + number, number, *one) for number, one in enumerate(rules, start=1)])


def ruled(national: RuleSet, region: str | None = "64.72.03", **own: RuleSet) -> Ruling:
    return rule(national, InstansiRules(own), REPORT, Place(region, 1.0), DIRECTORY)


def test_the_nation_decides_where_both_speak_and_leaves_open_what_it_does_not_say() -> None:
    everything, nothing = a_set(1, ({}, {"agency": "KALTIM-PU"})), a_set(1, ({"category": ["roads"]}, OWN))
    own = a_set(2, ({}, OWN))

    decided, left = ruled(everything, SAMARINDA=own), ruled(nothing, SAMARINDA=own)

    assert (decided.agency, decided.rule_set, decided.instansi) == ("KALTIM-PU", 1, None)
    assert (left.agency, left.rule_set, left.instansi) == ("SAMARINDA-PU", 2, "SAMARINDA")
    assert ruled(nothing, SAMARINDA=a_set(2, ({"category": ["roads"]}, OWN))).rule_set == 1
    assert ruled(NO_RULE_SET, SAMARINDA=own).agency == "SAMARINDA-PU"


def test_a_national_rule_that_fails_has_spoken_and_one_that_yields_waits() -> None:
    own = a_set(2, ({}, OWN))

    failed = ruled(a_set(1, ({}, {"agency": "GONE"})), SAMARINDA=own)
    yielding = a_set(1, ({}, {"agency": "KALTIM-PU", "yields": True}))

    assert (failed.rule_set, failed.failure is not None) == (1, True)
    assert ruled(yielding, SAMARINDA=own).rule_set == 2
    assert ruled(yielding, SAMARINDA=a_set(2, ({"category": ["roads"]}, OWN))).agency == "KALTIM-PU"


def test_a_national_rule_for_cities_yields_to_the_city_and_never_to_the_province_around_it() -> None:
    own = a_set(2, ({}, OWN))
    of_province = a_set(3, ({}, {"agency": "KALTIM-PU"}))
    for_cities = a_set(1, ({}, {"competent": "housing", "level": "regency_city", "yields": True}))

    assert ruled(for_cities, SAMARINDA=own, KALTIM=of_province).rule_set == 2
    assert ruled(for_cities, KALTIM=of_province).rule_set == 1
    assert ruled(a_set(1, ({}, OWN | {"yields": True})), KALTIM=of_province).rule_set == 3


def test_a_city_says_whose_its_roads_are_and_never_whose_those_of_the_nation() -> None:
    village = next(code for code, one in SEEDED.agencies.items() if one.parent == "SAMARINDA" and one.kind != "unit")
    own = InstansiRules({"SAMARINDA": a_set(2, ({"subject": ["roads"]}, {"agency": village}))})

    def said(category: str, region: str) -> str | None:
        road = Inquiry("Jalan berlubang", "Di depan pasar.", TODAY, category=category)
        return rule(RULES, own, road, Place(region, 1.0), SEEDED).agency

    assert said("road_damage", "64.72.03") == village
    assert said("road_damage", "64.71.01") == "BALIKPAPAN-DPU"
    assert said("provincial_road_damage", "64.72.03") not in (village, None)


def test_every_seeded_rule_for_an_agency_of_the_city_yields_to_it_and_no_other_does() -> None:
    results = [one.stored_result for one in RULES.rules]

    assert [one.get("yields", False) for one in results] == [one.get("level") == "regency_city" for one in results]


@pytest.mark.parametrize(
    ("region", "rule_set"), [("64.72.03", 2), ("64.72", 2), ("64.71", 3), ("64.72.03.1001", 2), ("64", 3), (None, 1)]
)
def test_the_instansi_with_the_smallest_region_around_the_place_is_asked_first(
    region: str | None, rule_set: int
) -> None:
    own = {"SAMARINDA": a_set(2, ({}, OWN)), "KALTIM": a_set(3, ({}, {"agency": "KALTIM-PU"}))}

    assert ruled(a_set(1, ({"category": ["roads"]}, OWN)), region, **own).rule_set == rule_set


@pytest.mark.parametrize("result", [{"agency": "KALTIM-PU"}, {"competent": "public_works"}, {"agency": "BALIKPAPAN"}])
def test_a_rule_that_finds_somebody_elses_agency_fails(result: Any) -> None:
    """Whatever was written: agencies are moved, and duties given, after that."""
    found = ruled(NO_RULE_SET, SAMARINDA=a_set(2, ({}, result)))

    assert found.failure is not None
    assert (found.agency, found.failure.code, found.instansi) == (None, FailureCode.OUTSIDE_INSTANSI, "SAMARINDA")
    assert Ruling.from_data(found.as_data()) == found


def test_the_linter_sees_both_sets() -> None:
    national = a_set(1, ({"category": ["roads"]}, OWN), ({"category": ["drains"]}, {"agency": "KALTIM-PU"}))
    own = a_set(
        2, ({"category": ["drains"]}, OWN), ({}, {"competent": "public_works"}), ({"category": ["roads"]}, OWN),
        ({}, {"agencies": ["SAMARINDA-PU", "KALTIM-PU"]}),
    )  # fmt: skip

    found = lint_own(own, national, "SAMARINDA", DIRECTORY, {"64.72"}, on=TODAY)

    said = {(one.code, one.rules, one.national) for one in found}
    assert {
        (FindingCode.SHADOWED, (1,), (2,)), (FindingCode.SHADOWED, (3,), (1,)),
        (FindingCode.OUTSIDE_INSTANSI, (2,), ()), (FindingCode.OUTSIDE_INSTANSI, (4,), ()),
    } <= said  # fmt: skip
    assert "N2" in next(one.sentence[1] for one in found if one.rules == (1,))
    severities = {one.rules: one.severity for one in found if one.code is FindingCode.OUTSIDE_INSTANSI}
    assert severities == {(2,): Severity.ERROR, (4,): Severity.WARNING}
    for level, seen in (("regency_city", False), ("province", True)):
        result = {"competent": "public_works", "level": level, "yields": True}
        yielding = a_set(1, ({"category": ["drains"]}, result))
        told = lint_own(own, yielding, "SAMARINDA", DIRECTORY, {"64.72"}, on=TODAY)
        assert any(one.national for one in told) is seen


async def post(office: Office, path: str, body: Any = None, headers: Any = COORDINATOR, **more: str) -> tuple[int, Any]:
    answer = await office.http.post(f"/v1/rule-sets{path}", json=body, headers=headers | more)
    return answer.status_code, answer.json()


async def test_a_coordinator_drafts_tries_activates_and_takes_back(office: Office, session: AsyncSession) -> None:
    national = await a_rule_set(session, ({"category": ["health"]}, {"agency": "SAMARINDA-DINKES"}))
    words = {"classification": "complaint", "title": "Jalan", "body": "Berlubang.", "category": "roads"}
    inquiry = words | {"location": {"region_code": "64.72.01"}}

    status, draft = await post(office, "", {"name": "Samarinda", "rules": [DRAINS]})
    path = f"/{draft['id']}"
    linted, _ = await post(office, f"{path}/lint")
    replayed, tried = await post(office, f"{path}/replay", {"last": 50})
    stale, _ = await post(office, f"{path}/activation", {"replaces": None}, **{"If-Match": '"1"'})
    wrong, _ = await post(office, f"{path}/activation", {"replaces": national})
    active, view = await post(office, f"{path}/activation", {"replaces": None})
    said = (await office.http.post("/v1/routing/preview", json=inquiry, headers=ADMIN)).json()
    again = (await post(office, "", {"name": "Baru", "rules": [DRAINS, DRAINS]}))[1]
    second, _ = await post(office, f"/{again['id']}/activation", {"replaces": draft["id"]})
    back, former = await post(office, f"/{again['id']}/rollback")

    assert (status, draft["agency"], linted, replayed) == (201, "SAMARINDA", 200, 200)
    assert (stale, wrong, active, view["state"], tried["compared_with"]) == (412, 409, 200, "active", None)
    assert (second, back, former["id"]) == (200, 200, draft["id"])
    assert (said["agency"], said["rules"]["instansi"], said["rules"]["rule_set"]) == (
        "SAMARINDA-PU", "SAMARINDA", draft["id"],
    )  # fmt: skip
    assert "SAMARINDA" in said["rules"]["text"]
    assert (await office.get(f"/v1/rule-sets/{national}", OPERATOR))["state"] == "active"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"agency": "BALIKPAPAN"}, "outside_of_instansi"),
        ({"agency": "SAMARINDA-PU"}, "not_an_instansi"),
        ({"rules": [{"conditions": {}, "result": {"agency": "BALIKPAPAN-PU"}}]}, "rule_outside_instansi"),
        (
            {"rules": [DRAINS, {"conditions": {}, "result": {"agencies": ["SAMARINDA-PU", "KALTIM-DISDIK"]}}]},
            "rule_outside_instansi",
        ),
        ({"rules": [{"conditions": {}, "result": {"agency": "NOBODY"}}]}, "rule_outside_instansi"),
    ],
)
async def test_a_set_of_ones_own_names_ones_own(office: Office, body: Any, code: str) -> None:
    status, problem = await post(office, "", {"name": "X", "rules": [DRAINS]} | body)

    assert (status // 100, problem["code"]) == (4, code)


async def test_what_is_the_nations_or_anothers_is_not_touched(office: Office, session: AsyncSession) -> None:
    national = await a_rule_set(session, ({"category": ["roads"]}, {"agency": "BALIKPAPAN-PU"}))
    own = (await post(office, "", {"name": "Samarinda", "rules": [DRAINS]}))[1]["id"]

    for path, body in (("/activation", {"replaces": national}), ("/rollback", None)):
        assert (await post(office, f"/{national}{path}", body))[1]["code"] == "national_rule_set"
        assert (await post(office, f"/{own}{path}", body, OTHER_COORDINATOR))[0] == 404
    put = await office.http.put(f"/v1/rule-sets/{national}/rules", json={"rules": []}, headers=COORDINATOR)
    for path, body in (("/lint", None), ("/replay", {"last": 1})):
        assert (await post(office, f"/{own}{path}", body, OTHER_COORDINATOR))[0] == 404
        assert (await post(office, f"/{national}{path}", body, OTHER_COORDINATOR))[0] == 200
    seen = [one["id"] for one in (await office.get("/v1/rule-sets", OTHER_COORDINATOR))["items"]]
    based = await post(office, "", {"name": "X", "based_on": own}, OTHER_COORDINATOR)
    copied = await post(office, "", {"name": "X", "based_on": national})

    assert put.json()["code"] == "national_rule_set"
    assert (own in seen, national in seen) == (False, True)
    assert (based[1]["code"], copied[1]["code"]) == ("unknown_rule_set", "rule_outside_instansi")
    assert own in [one["id"] for one in (await office.get("/v1/rule-sets", SUPERVISOR, agency="SAMARINDA"))["items"]]
    assert (await post(office, "", {"name": "X"}, bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-PU")))[0] == 403


async def test_a_draft_whose_agency_has_moved_away_is_not_put_in_force(office: Office, session: AsyncSession) -> None:
    draft = (await post(office, "", {"name": "Samarinda", "rules": [DRAINS]}))[1]["id"]
    await session.execute(update(Agency).where(Agency.code == "SAMARINDA-PU").values(parent_code="BALIKPAPAN"))

    assert (await post(office, f"/{draft}/activation", {"replaces": None}))[1]["code"] == "rule_outside_instansi"
