"""What the documents say of the codes of an operation is what the code of the operation can raise."""

import json

import pytest

from tests.documents import problem_codes
from tests.documents.integrating_page import problems


@pytest.mark.parametrize("service", problem_codes.SERVICES)
def test_the_codes_of_every_operation_are_current(service: str) -> None:
    assert problem_codes.file_of(service).read_text("utf-8") == problem_codes.text_of(service), "run `make docs`"


@pytest.mark.parametrize("service", problem_codes.SERVICES)
def test_every_code_stands_in_the_table_of_all_codes(service: str) -> None:
    listed = json.loads(problem_codes.file_of(service).read_text("utf-8"))

    codes = {code for each in listed.values() for of_status in each.values() for code in of_status}
    assert codes - problems().keys() == set()


def test_an_operation_has_the_codes_of_what_it_calls_and_not_those_of_its_neighbours() -> None:
    listed = problem_codes.codes("routing_service")

    assert "may_not_lift" in listed["routing_change_public_text"]["403"]
    assert "survivor_is_younger" in listed["routing_merge_report"]["422"]
    assert "survivor_is_younger" not in listed["routing_note_on_report"]["422"]
    assert "ring_must_keep" in listed["routing_return_report"]["409"]
