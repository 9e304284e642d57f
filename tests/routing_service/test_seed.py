from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing_service import seed
from shared.codes import Channel
from shared.regions import WIB, WITA
from shared.schema import Agency, ApiClient, Category, Model, Region, RoutingRule

KALTIM_REGENCIES = ("64.01", "64.02", "64.03", "64.07", "64.08", "64.09", "64.11", "64.71", "64.72", "64.74")
KINDS = {
    "ministry", "province", "regency", "city", "dinas", "badan", "biro", "hospital", "company", "unit",
    "district", "village",
}  # fmt: skip


def quiet(_message: str) -> None:
    pass


async def count(engine: AsyncEngine, model: type[Model]) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(model)) or 0


async def test_a_seeded_database_has_the_whole_registry(own_engine: AsyncEngine) -> None:
    await seed.load(own_engine, progress=quiet, villages=False)

    assert await count(own_engine, Agency) == len(list(seed.agencies()))
    assert await count(own_engine, Category) == len(list(seed.categories()))
    assert await count(own_engine, RoutingRule) == len(list(seed.rules()))
    assert await count(own_engine, ApiClient) == 8
    assert await count(own_engine, Region) == seed.REGIONS_TO_DISTRICTS


@pytest.mark.slow
async def test_all_villages_of_the_country_are_loaded(own_engine: AsyncEngine) -> None:
    await seed.load(own_engine, progress=quiet)

    assert await count(own_engine, Region) == seed.REGIONS
    async with own_engine.connect() as connection:
        parent = await connection.scalar(select(Region.parent_code).where(Region.code == "64.08.04.2001"))
    assert parent == "64.08.04"


async def test_seeding_again_adds_nothing_and_keeps_what_an_operator_changed(own_engine: AsyncEngine) -> None:
    await seed.load(own_engine, progress=quiet, villages=False)
    async with own_engine.begin() as connection:
        await connection.execute(update(Agency).where(Agency.code == "PLN").values(name="PLN Persero"))
        await connection.execute(
            update(RoutingRule)
            .where(RoutingRule.category_code == "road_damage", RoutingRule.region_prefix == "64.72")
            .values(agency_code="SAMARINDA")
        )
    said: list[str] = []

    await seed.load(own_engine, progress=said.append, villages=False)

    assert said == [
        "regions: all 7,837 are there",
        "registry: 0 agencies added, 0 categories added, 0 rules added, 0 rule sets added, 0 clients added",
    ]
    async with own_engine.connect() as connection:
        assert await connection.scalar(select(Agency.name).where(Agency.code == "PLN")) == "PLN Persero"


async def test_a_seed_that_was_interrupted_is_completed(own_engine: AsyncEngine) -> None:
    await seed.load(own_engine, progress=quiet, villages=False)
    async with own_engine.begin() as connection:
        await connection.execute(text("DELETE FROM routing_rules WHERE region_prefix = '64.72'"))
        await connection.execute(text("DELETE FROM regions WHERE code LIKE '91.%.%'"))

    await seed.load(own_engine, progress=quiet, villages=False)

    assert await count(own_engine, RoutingRule) == len(list(seed.rules()))
    assert await count(own_engine, Region) == seed.REGIONS_TO_DISTRICTS


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


def test_rules_name_known_agencies_and_sub_categories_and_decide_each_case_once() -> None:
    agencies = set(keys(seed.agencies))
    leaves = {row["code"] for row in seed.categories() if row["parent_code"] is not None}
    cases = [(rule["category_code"], rule["region_prefix"]) for rule in seed.rules()]

    assert {rule["agency_code"] for rule in seed.rules()} <= agencies
    assert {region for _, region in cases} <= {"", "64", *KALTIM_REGENCIES}
    assert {category for category, _ in cases} <= leaves
    assert len(cases) == len(set(cases))


@pytest.mark.parametrize(
    ("category", "region", "agency"),
    [
        ("road_damage", "64.72", "SAMARINDA-DPUPR"),
        ("road_damage", "64.11", "MAHULU-DPUPR"),
        ("provincial_road_damage", "64", "KALTIM-DPUPR"),
        ("national_road_damage", "64", "KEMEN-PU-BBPJN-KALTIM"),
        ("national_road_damage", "", "KEMEN-PU"),
        ("senior_school_levies", "64", "KALTIM-DISDIKBUD"),
        ("basic_school_levies", "64.74", "BONTANG-DISDIKBUD"),
        ("water_outage", "64.71", "BALIKPAPAN-PERUMDA-TIRTA-MANUNTUNG"),
    ],
)
def test_a_clear_case_has_the_agency_that_the_law_names(category: str, region: str, agency: str) -> None:
    decided = {(rule["category_code"], rule["region_prefix"]): rule["agency_code"] for rule in seed.rules()}

    assert decided[category, region] == agency


async def test_clients_name_channels_that_exist(own_engine: AsyncEngine) -> None:
    await seed.load(own_engine, progress=quiet, villages=False)

    async with own_engine.connect() as connection:
        channels = await connection.scalars(select(func.unnest(ApiClient.channels)).distinct())
    assert set(channels) <= {channel.value for channel in Channel}
