"""Whatever region a map, a code or a text names: what is stored of it is one that the registry has. Pure."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.opinion import Known, Opinion
from routing_service.competence.place.locate import Locator
from routing_service.competence.place.place import Place
from routing_service.competence.prediction import NOTHING_LEARNED
from routing_service.competence.rules.apply import NO_RULE_SET
from routing_service.competence.rules.ruling import NO_RULES
from routing_service.registry.directory import Directory
from routing_service.report.case import Case
from routing_service.work.decisions import regions
from shared.domain.lifecycle import Classification, Holder, Level, Status

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
CASE = Case(
    id=UUID(int=1), tracking_number="1000000001", salt=b"", title="", region=None, target_agency=None, imported=False,
    received_at=NOW, status=Status.RECEIVED, holder=Holder(Level.NATIONAL, None), agency=None, held_from=None, round=1,
    classification=Classification.COMPLAINT, supervisory=False, category=None, anonymous=False, secret=False,
    verified_title=None, published_at=None,
)  # fmt: skip
#: A province, a city of it and a district; a district alone, as no registry should have it.
CODES = ("64", "64.72", "64.72.01", "35.78.09")
_parts = st.lists(st.sampled_from(["64", "72", "01", "1001", "35", "78", "09", "99", ""]), max_size=5)
#: As a map or a parser may name them: known ones, deeper ones, and what is no code at all.
odd = st.one_of(st.none(), st.sampled_from(CODES), _parts.map(".".join), st.text(max_size=20))
sure = st.sampled_from([0.0, regions.SURE - 0.01, regions.SURE, 1.0])


def opinion(names: Any, found: str | None, seen: str | None, confidence: float) -> Opinion:
    places = Locator.build([(name, name) for name in names])
    known: Any = Known(Directory(1, {}), NO_RULE_SET, places, None, {})
    inquiry = Inquiry("", "", NOW.date())
    return Opinion(inquiry, known, Place(found, confidence), Place(seen, confidence), NO_RULES, NOTHING_LEARNED, ())


@given(st.sets(st.sampled_from(CODES)), odd, odd, sure, st.one_of(st.none(), st.sampled_from(CODES)))
def test_what_is_found_is_in_the_registry_or_nothing(
    names: set[str], found: str | None, seen: str | None, confidence: float, chosen: str | None
) -> None:
    case = replace(CASE, region=chosen, chosen_region=chosen)

    regions.find(case, opinion(names, found, seen, confidence))

    for stored in (case.found_region, case.shown_region):
        assert stored is None or stored in names
    if case.found_region is not None:
        assert confidence >= regions.SURE
        assert f"{found}.".startswith(f"{case.found_region}.")
        assert case.found_region != chosen
    if case.shown_region is not None and chosen is not None:
        assert case.shown_region.startswith(f"{chosen}.")
    assert case.relocated == ((case.found_region, case.shown_region) != (None, None))


@given(st.sets(st.sampled_from(CODES), min_size=1), odd, odd)
def test_what_was_found_is_told_once_and_found_again_it_changes_nothing(
    names: set[str], found: str | None, seen: str | None
) -> None:
    case = replace(CASE)
    thought = opinion(names, found, seen, 1.0)
    regions.find(case, thought)
    told = case.take_located()

    regions.find(case, thought)

    assert case.take_located() is None
    assert told is None or (told.found, told.shown) == (case.found_region, case.shown_region)
