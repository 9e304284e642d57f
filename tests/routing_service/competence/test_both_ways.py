"""Village office or department: which subjects go both ways, and who has said whose they are."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.rule_sets.both_ways import LEAST, both_ways
from routing_service.competence.rules import queries
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.rule import rule
from routing_service.registry.directory import Directory
from shared.domain.lifecycle import Status
from tests.factories import NOON, a_report

DIRECTORY = Directory(1, {}, {"waste": None, "illegal_dumping": "waste", "other": None})
VILLAGE = {"competent": "village"}


class Counted(NamedTuple):
    """As the query tells it."""

    regency: str = "64.72"
    category_code: str | None = None
    subject_code: str | None = "waste"
    reports: int = 20
    local: int = 10


def found(*counted: Counted, rules: Sequence[dict[str, Any]] = ()) -> list[tuple[str, str, str]]:
    stored = RuleSet(1, [rule(n, n, one, VILLAGE) for n, one in enumerate(rules, start=1)])
    return [
        (one.values["region"], one.values["local"], one.values["others_count"])
        for one in both_ways(stored, DIRECTORY, counted)
    ]


@pytest.mark.parametrize(
    ("reports", "local", "told"),
    [
        (2 * LEAST, LEAST, True),
        (2 * LEAST, LEAST - 1, False),
        (2 * LEAST, LEAST + 1, False),
        (50, 5, True),
        (51, 5, False),
        (51, 46, False),
        (20, 0, False),
    ],
)
def test_both_sides_need_some_reports_and_a_tenth_of_all(reports: int, local: int, told: bool) -> None:
    assert bool(found(Counted(reports=reports, local=local))) is told


def test_what_was_picked_and_what_stands_above_the_category_are_counted_together() -> None:
    counted = [
        Counted(reports=6, local=6),
        Counted(subject_code=None, category_code="illegal_dumping", reports=7, local=0),
        Counted(subject_code=None, category_code="other", reports=9, local=4),
        Counted(subject_code=None, reports=9, local=4),
        Counted(regency="64.71", reports=12, local=6),
    ]

    assert found(*counted) == [("64.71", "6", "6"), ("64.72", "6", "7")]


@pytest.mark.parametrize(
    ("conditions", "decides"),
    [
        ({"subject": ["waste"], "region": ["64.72"]}, True),
        ({"subject": ["waste"], "region": ["64"]}, True),
        ({"category": ["waste"], "region": ["64.72"]}, True),
        ({"subject": ["roads"], "region": ["64.72"]}, False),
        ({"subject": ["waste"], "region": ["64.71"]}, False),
        ({"subject": ["waste"]}, False),  # of the whole country: it is not the city that says so
        ({"region": ["64.72"]}, False),
        ({"subject": ["waste"], "region": ["64.72"], "words": {"any": ["got"]}}, False),
        ({"subject": ["nothing"], "region": ["64.72"]}, False),
    ],
)
def test_a_rule_of_the_city_about_the_subject_decides(conditions: dict[str, Any], decides: bool) -> None:
    counted = Counted(category_code="illegal_dumping")

    assert (found(counted, rules=[conditions]) == []) is decides


def test_the_finding_is_said_in_both_languages() -> None:
    (one,) = both_ways(RuleSet(1, []), DIRECTORY, [Counted()])

    indonesian, english = one.sentence
    assert one.rules == ()
    assert "64.72 laporan tentang Sampah" in indonesian
    assert "In 64.72 reports about Waste went both ways: 10 to village" in english


async def test_public_reports_that_agencies_have_confirmed_are_counted(session: AsyncSession) -> None:
    await session.execute(text("UPDATE agencies SET level = 'village' WHERE code = 'SAMARINDA-DINKES'"))
    common = {
        "status": Status.ANSWERED, "subject_code": "waste", "category_code": None, "region_code": "64.72.01",
        "agency_code": "SAMARINDA-DINKES", "published_at": NOON, "received_at": NOON,
    }  # fmt: skip
    before = await counted(session)
    for changes in (
        {}, {"agency_code": "SAMARINDA-PU"}, {"secret": True}, {"published_at": None}, {"status": Status.ASSIGNED},
        {"received_at": NOON - timedelta(seconds=1)}, {"region_code": "64"},
    ):  # fmt: skip
        await a_report(session, **common | changes)

    assert before == []
    assert await counted(session) == [("64.72", None, "waste", 2, 1)]


async def counted(session: AsyncSession) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await queries.ways(session, since=NOON) if row.subject_code]
