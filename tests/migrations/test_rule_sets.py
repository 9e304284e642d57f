"""The rules of before there were rule sets are carried over, and back."""

from datetime import date

from sqlalchemy import text

from routing_service.competence.place.place import Place
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.queries import active
from routing_service.competence.subject import Subject
from routing_service.registry.agencies.queries import directory
from routing_service.registry.directory import Directory
from services.database import engine_for
from shared.database import create_sessions
from tests.factories import a_registry
from tests.migrations.test_migrations import alembic

BEFORE = "20261121_2210"
RULES = [
    ("roads", "", "KALTIM"),
    ("roads", "64.72", "SAMARINDA-PU"),
    ("roads.damage", "64", "KALTIM-DISDIK"),
    ("health", "64.72", "SAMARINDA-DINKES"),
    ("health", "64.72", "SAMARINDA"),
]


_ADD = text(
    "INSERT INTO routing_rules (category_code, region_prefix, agency_code, note)"
    " VALUES (:category, :region, :agency, '')"
)


def decides(rules: RuleSet, known: Directory, category: str, region: str) -> str | None:
    subject = Subject("", "", date(2026, 3, 2), category=category)
    return rules.apply(subject, Place(region, 0.9), known).agency


async def test_rules_that_were_there_decide_as_before(own_database_url: str) -> None:
    await alembic(own_database_url, "downgrade", BEFORE)
    engine = engine_for(own_database_url)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        await a_registry(session)
        for category, region, agency in RULES:
            await session.execute(_ADD, {"category": category, "region": region, "agency": agency})

    await alembic(own_database_url, "upgrade", "head")

    async with sessions() as session:
        rules, known = await active(session), await directory(session)
    # The nearest category first, then the smallest region; several agencies are for a person to choose from.
    assert decides(rules, known, "roads.damage", "64.72.01") == "KALTIM-DISDIK"
    assert decides(rules, known, "roads.damage", "35.78") == "KALTIM"
    assert decides(rules, known, "roads", "64.72") == "SAMARINDA-PU"
    assert decides(rules, known, "roads", "64.71") == "KALTIM"
    assert decides(rules, known, "health", "64.72") is None
    assert [rule.stored_result for rule in rules.rules if "agencies" in rule.stored_result] == [
        {"agencies": ["SAMARINDA-DINKES", "SAMARINDA"]}
    ]

    await alembic(own_database_url, "downgrade", BEFORE)

    async with sessions() as session:
        found = await session.execute(text("SELECT category_code, region_prefix, agency_code FROM routing_rules"))
        assert sorted(tuple(row) for row in found) == sorted(RULES)
    await engine.dispose()
