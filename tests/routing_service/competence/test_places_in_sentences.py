"""What spoke for a place, in both languages."""

from itertools import product

import pytest

from routing_service.competence.place import sentences
from routing_service.competence.place.place import Clue, Source
from routing_service.competence.place.reading import How
from shared.domain.wording import Language

CITY = {"name": "Kota Balikpapan", "path": "Kota Balikpapan, Kalimantan Timur"}


def evidence(source: Source, **values: str | float) -> dict[str, object]:
    return Clue(source, "64.71", 0.9, CITY | values).as_data()


@pytest.mark.parametrize(("how", "language", "source"), [*product(How, Language, (Source.BODY, Source.LOCATION_TEXT))])
def test_whatever_was_read_is_told_with_the_whole_name(how: How, language: Language, source: Source) -> None:
    told = sentences.sentence(evidence(source, how=how.value), language)

    assert CITY["path"] in told
    assert told[0].isupper()
    assert "{" not in told


def test_a_pin_is_told_with_what_makes_it_less_sure() -> None:
    inside = sentences.clause(evidence(Source.COORDINATES), Language.EN)
    nearby = sentences.clause(evidence(Source.COORDINATES, metres=120), Language.EN)
    claimed = sentences.clause(evidence(Source.COORDINATES, also="64.72, 99.99"), Language.ID)

    assert inside == "the pin lies in Kota Balikpapan, Kalimantan Timur"
    assert "120 metres outside" in nearby
    assert claimed.endswith("juga termasuk Kota Samarinda (64.72), 99.99")


def test_evidence_of_which_only_the_region_was_stored_is_told_by_its_name() -> None:
    bare = {"source": "body", "region": "64.71"}

    assert sentences.sentence(bare, Language.EN) == "The report's text points to Kota Balikpapan (64.71)."
    assert sentences.clause({"source": "given_code", "region": "64.71"}, Language.ID).endswith("Balikpapan (64.71)")
