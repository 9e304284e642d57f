from tests.access import table
from tests.access.world import SAID
from tests.documents import access_page


def test_the_page_of_who_may_call_what_is_written_from_the_table() -> None:
    """To write it: make docs"""
    assert access_page.PAGE.read_text("utf-8") == access_page.page()


def test_the_page_explains_everything_that_the_table_names() -> None:
    assert {row.of for row in table.rows() if row.of is not None} == set(SAID)
