"""What an operation can answer is declared beside it, and every code is explained."""

import pytest

from services.openapi import documents
from shared.http.openapi.problems import listed
from shared.http.raising import declared, raises
from tests import documented
from tests.documents import problem_codes
from tests.documents.integrating_page import problems


def test_an_operation_declares_what_its_code_can_raise() -> None:
    assert list(problem_codes.undeclared()) == [], "say @raises(status, code) at the endpoint, or at its dependency"


def test_every_code_of_a_document_stands_in_the_table_of_all_codes() -> None:
    codes = {code for document in documents().values() for code in listed(document)}

    assert codes - problems().keys() == set()


def test_what_is_declared_twice_counts_together() -> None:
    @raises(409, "a")
    @raises(422, "b")
    @raises(409, "c")
    def operation() -> None: ...

    assert declared(operation) == {409: ("c", "a"), 422: ("b",)}


@pytest.mark.parametrize(
    ("status", "code", "missing"),
    [
        (200, "", False), (409, "already_rated", False), (409, "already_appealed", True), (202, "", True),
        (405, "method_not_allowed", False),
    ],
)  # fmt: skip
def test_an_answer_that_is_in_no_document_is_named(status: int, code: str, missing: bool) -> None:
    answered = documented.Answered("LAPOR intake API", "POST", "/v1/reports/{tracking_number}/ratings", status, code)

    said = documented.complaint(answered)

    assert (said is not None) is missing
    assert said is None or ("/ratings" in said and code in said)
