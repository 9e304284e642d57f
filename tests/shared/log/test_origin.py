"""What leads to an anonymous reporter is told in no event, whatever the event is called."""

import pytest

from shared.log import origin
from shared.log.payloads import PAYLOADS
from shared.log.payloads.parts import fields_of

LEADING = {type: {field.key: "x" for field in fields_of(payload) if field.leads} for type, payload in PAYLOADS.items()}


@pytest.mark.parametrize("type", [type for type, leading in LEADING.items() if leading])
def test_nothing_that_a_reporter_did_says_by_whose_token(type: str) -> None:
    data = {**LEADING[type], "size": 3}

    assert origin.without(type, "reporter:wa-6281234567890", data) == ("reporter", {"size": 3})


@pytest.mark.parametrize("type", ["evidence.added", "report.responded"])
def test_what_an_officer_did_says_who_it_was(type: str) -> None:
    assert origin.without(type, "agency_officer:pu-1", {"size": 3}) == ("agency_officer:pu-1", {"size": 3})
