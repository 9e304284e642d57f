import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest
from sqlalchemy import URL, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import Place
from routing_service.competence.rule_sets.lint import lint
from routing_service.competence.rule_sets.schemas import RuleSetCreate
from routing_service.competence.rules.ruling import FailureCode, Ruling
from routing_service.registry import seed
from shared.domain.codes import Channel
from shared.domain.regions import WIB, WITA
from shared.schema import Agency, ApiClient, Category, Model, Region, StoredRule, StoredRuleSet
from tests.conftest import Lending, lending
from tests.seeded import DIRECTORY, RULES

KALTIM_REGENCIES = ("64.01", "64.02", "64.03", "64.07", "64.08", "64.09", "64.11", "64.71", "64.72", "64.74")
KINDS = {
    "ministry", "province", "regency", "city", "dinas", "badan", "biro", "hospital", "company", "unit",
    "district", "village",
}  # fmt: skip


def quiet(_message: str) -> None:
    pass


@pytest.fixture(scope="module")
async def lend_seeded(server: URL, seeded: URL) -> AsyncIterator[Lending]:
    async with lending(server, seeded) as lend:
        yield lend


@pytest.fixture
async def known(lend_seeded: Lending) -> AsyncIterator[AsyncEngine]:
    """A database that was seeded before."""
    async with lend_seeded() as database:
        yield database.engine


async def count(engine: AsyncEngine, model: type[Model]) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(model)) or 0


async def test_a_seeded_database_has_the_whole_registry(known: AsyncEngine) -> None:
    """But for the villages: tests/stack/test_every_example.py completes them."""
    assert await count(known, Agency) == len(list(seed.agencies()))
    assert await count(known, Category) == len(list(seed.categories()))
    assert await count(known, StoredRule) == len(seed.rule_set()["rules"])
    assert await count(known, ApiClient) == 8
    assert await count(known, Region) == seed.REGIONS_TO_DISTRICTS


async def test_seeding_again_adds_nothing_and_keeps_what_an_operator_changed(known: AsyncEngine) -> None:
    async with known.begin() as connection:
        await connection.execute(update(Agency).where(Agency.code == "PLN").values(name="PLN Persero"))
        await connection.execute(update(StoredRuleSet).values(state="retired"))
    said: list[str] = []

    await seed.load_registry(known, progress=said.append, villages=False)

    assert said == [
        "regions: all 7,837 are there",
        "registry: 0 agencies added, 0 categories added, 0 rule sets added, 0 clients added",
    ]
    async with known.connect() as connection:
        assert await connection.scalar(select(Agency.name).where(Agency.code == "PLN")) == "PLN Persero"


async def test_a_registry_from_before_there_were_duties_gets_them_once(known: AsyncEngine) -> None:
    async def duties(code: str) -> list[str]:
        async with known.connect() as connection:
            return await connection.scalar(select(Agency.duties).where(Agency.code == code)) or []

    async with known.begin() as connection:
        await connection.execute(update(Agency).values(duties=[]))
    await seed.load_registry(known, progress=quiet, villages=False)
    given = await duties("SAMARINDA-DISHUB")
    async with known.begin() as connection:
        await connection.execute(update(Agency).where(Agency.code == "SAMARINDA-DISHUB").values(duties=[]))
    await seed.load_registry(known, progress=quiet, villages=False)

    assert (given, await duties("SAMARINDA-DISHUB")) == (["transport"], [])


async def test_a_seed_that_was_interrupted_is_completed(known: AsyncEngine) -> None:
    async with known.begin() as connection:
        await connection.execute(text("TRUNCATE rules, rule_sets"))
        await connection.execute(text("DELETE FROM regions WHERE code LIKE '91.%.%'"))

    await seed.load_registry(known, progress=quiet, villages=False)

    assert await count(known, StoredRule) == len(seed.rule_set()["rules"])
    assert await count(known, Region) == seed.REGIONS_TO_DISTRICTS


async def test_two_seeds_at_once_put_one_rule_set_in_force(own_engine: AsyncEngine) -> None:
    await asyncio.gather(*(seed.load_registry(own_engine, progress=quiet, villages=False) for _ in range(2)))

    async with own_engine.connect() as connection:
        states = (await connection.scalars(select(StoredRuleSet.state))).all()
    assert states == ["active"]


def keys(rows: Callable[[], object]) -> list[str]:
    return [row["code"] for row in rows()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("rows", [seed.agencies, seed.categories])
def test_codes_are_unique_and_parents_come_first(rows: Callable[[], object]) -> None:
    codes = keys(rows)

    assert len(codes) == len(set(codes))
    for row in rows():  # type: ignore[attr-defined]
        parent = row["parent_code"]
        assert parent is None or codes.index(parent) < codes.index(row["code"])


def test_agencies_have_known_kinds_and_regions() -> None:
    known = {code for code, _ in seed.regions(villages=False)}

    for agency in seed.agencies():
        assert agency["kind"] in KINDS
        assert agency["region_code"] is None or agency["region_code"] in known


def test_every_regency_of_east_kalimantan_is_an_instansi_in_its_own_time_zone() -> None:
    roots = {agency["region_code"]: agency for agency in seed.agencies() if agency["parent_code"] is None}

    for region in ("64", *KALTIM_REGENCIES):
        assert roots[region]["time_zone"] == WITA
    assert roots[None]["time_zone"] == WIB


DAY = date(2026, 3, 2)


def ruling(category: str, region: str | None) -> Ruling:
    return RULES.apply(Inquiry("", "", DAY, category=category), Place(region, 0.9), DIRECTORY)


def test_the_linter_has_nothing_to_say_of_the_first_rules() -> None:
    regions = {code for code, _ in seed.regions(villages=False)}

    assert lint(RULES, DIRECTORY, regions, on=DAY) == []


def test_the_first_rules_are_of_a_form_that_can_be_imported() -> None:
    assert len(RuleSetCreate.model_validate(seed.rule_set()).rules or ()) == len(RULES.rules)


def test_rules_for_sub_categories_only() -> None:
    leaves = {row["code"] for row in seed.categories() if row["parent_code"] is not None}
    ruled = [category for one in RULES.rules if one.conditions for category in one.conditions.category]

    assert set(ruled) <= leaves


@pytest.mark.parametrize(
    ("category", "region", "agency"),
    [
        ("street_light_out", "64.08.04.2001", "KUTIM-DISHUB"),
        ("intercity_transport", "64.08.04.2001", "KALTIM-DISHUB"),
        ("road_damage", "64.72", "SAMARINDA-DPUPR"),
        ("road_damage", "64.11", "MAHULU-DPUPR"),
        ("provincial_road_damage", "64", "KALTIM-DPUPR"),
        ("national_road_damage", "64", "KEMEN-PU-BBPJN-KALTIM"),
        ("national_road_damage", "35", "KEMEN-PU"),
        ("river_bank_erosion", "64.02", "KEMEN-PU-BWS-KALIMANTAN4"),
        ("senior_school_levies", "64.71.01", "KALTIM-DISDIKBUD"),
        ("basic_school_levies", "64.74", "BONTANG-DISDIKBUD"),
        ("water_outage", "64.71", "BALIKPAPAN-PERUMDA-TIRTA-MANUNTUNG"),
        ("water_outage", "64.11", "MAHULU-DPUPR"),
        ("fire_service", "64.71", "BALIKPAPAN-BPBD"),
        ("fire_service", "64.72", "SAMARINDA-DISDAMKAR"),
        ("violence_against_women", "64.72", "SAMARINDA-DP2PA"),
        ("violence_against_women", "64.07", "KALTIM-DKP3A-PPA"),
        ("insurance_refused", "64.02", "BPJS-KESEHATAN-SAMARINDA"),
        ("insurance_refused", "64.01", "BPJS-KESEHATAN-BALIKPAPAN"),
        ("insurance_refused", "64.03", "BPJS-KESEHATAN"),
        ("provincial_hospital_service", "64.72", "KALTIM-RSUD-AWS"),
        ("local_hospital_service", "64.72", "SAMARINDA-RSUD-IA-MOEIS"),
        ("job_training", "64.72", "KALTIM-DISNAKERTRANS-BLK"),
        ("vehicle_tax", "64.72", "KALTIM-BAPENDA-SAMSAT"),
        ("property_tax", "64.71", "BALIKPAPAN-BPPDRD"),
    ],
)
def test_a_clear_case_has_the_agency_that_the_law_names(category: str, region: str, agency: str) -> None:
    found = ruling(category, region)

    assert (found.agency, found.failure) == (agency, None)


@pytest.mark.parametrize(
    ("category", "region", "code"),
    [
        ("road_damage", None, FailureCode.NO_REGION),
        ("road_damage", "64", FailureCode.NOBODY_COMPETENT),
        ("insurance_refused", "64", FailureCode.NO_REGION),
        ("village_fund", "64.72", FailureCode.NOBODY_COMPETENT),
        ("street_light_out", "35.78", FailureCode.NOBODY_COMPETENT),
    ],
)
def test_a_person_sees_a_case_that_the_first_rules_cannot_decide(
    category: str, region: str | None, code: FailureCode
) -> None:
    found = ruling(category, region)

    assert found.agency is None
    assert found.failure is not None
    assert found.failure.code is code


async def test_clients_name_channels_that_exist(known: AsyncEngine) -> None:
    async with known.connect() as connection:
        channels = await connection.scalars(select(func.unnest(ApiClient.channels)).distinct())
    assert set(channels) <= {channel.value for channel in Channel}
