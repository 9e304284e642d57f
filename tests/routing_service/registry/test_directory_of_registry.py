"""The whole registry, as processes keep it in memory."""

from datetime import timedelta

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import seed
from routing_service.registry.agencies import queries
from shared.domain.duties import DUTIES
from shared.domain.regions import WITA
from shared.domain.terms import Term
from shared.schema import Agency, Category
from tests.factories import AGENCIES, CATEGORIES, NOON

TODAY = NOON.date()


async def test_the_directory_has_every_agency_and_category(session: AsyncSession) -> None:
    await session.execute(update(Agency).where(Agency.code == "SAMARINDA-PU").values(duties=["public_works"]))

    directory = await queries.directory(session)

    assert {code: (one.kind, one.parent, one.region) for code, one in directory.agencies.items()} == AGENCIES
    assert directory.categories == CATEGORIES
    assert directory.competent("public_works", "64.72.01", on=TODAY) == ["SAMARINDA-PU"]
    assert directory.government("SAMARINDA-PU") == "regency_city"


async def test_the_directory_knows_until_when_reports_may_come_under_a_category(session: AsyncSession) -> None:
    last = TODAY + timedelta(days=1)
    await session.execute(update(Category).where(Category.code == "roads").values(valid_until=TODAY, active=True))
    await session.execute(update(Category).where(Category.code == "roads.damage").values(valid_until=last))

    directory = await queries.directory(session)

    assert directory.last_day_of_category("roads", TODAY) == last
    assert directory.last_day_of_category("roads", last + timedelta(days=1)) == last
    assert directory.terms["roads"] == Term(True, None, TODAY)


async def test_every_change_of_the_registry_gives_the_directory_a_later_version(session: AsyncSession) -> None:
    before = await queries.directory(session)

    await session.execute(
        insert(Agency).values(
            code="NEW", name="New", kind="dinas", level="agency", parent_code="SAMARINDA", time_zone=WITA
        )
    )

    after = await queries.directory(session)
    assert after.version == await queries.version(session) == before.version + 1
    assert "NEW" in after.agencies


def test_every_office_of_the_seed_has_duties_that_have_labels() -> None:
    entries = list(seed.agencies())

    assert {duty for entry in entries for duty in entry["duties"]} == set(DUTIES)
    assert [e["code"] for e in entries if not e["duties"] and e["parent_code"] is not None] == []
