"""docs/integrating.md names every code and every operation, as the code has them."""

import ast
import re

from shared.errors import DomainError
from tests import sources
from tests.documents import integrating_page
from tests.sentences import PACKAGES, ROOT

PAGE = integrating_page.PAGE.read_text("utf-8")


def test_the_page_is_current() -> None:
    assert integrating_page.page() == PAGE, "run `make docs`"


def test_every_code_that_stands_in_the_source_has_a_line() -> None:
    """Found by their spelling alone, so that one which the table overlooks is seen."""
    # A class that others are derived from, or that has no code of its own, is raised with one.
    classes = [one for one in integrating_page._derived(DomainError) if "code" in vars(one)]
    codes = {one.code for one in classes if not one.__subclasses__()}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(sources.tree(path)):
                if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                    codes.add(str(node.value.value))

    assert {code for code in codes if f"| `{code}` |" not in PAGE} == set()


def test_every_operation_is_listed_once_with_who_may_call_it() -> None:
    for service, method, path, _ in integrating_page.operations():
        assert PAGE.count(f"| {service} | `{method} {path}` |") == 1


def test_no_line_of_a_table_is_without_an_indonesian_sentence() -> None:
    table = PAGE.partition("<!-- problems -->")[2].partition("<!-- end -->")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]

    assert lines
    assert [line for line in lines if re.search(r"\| *\|$", line)] == []
