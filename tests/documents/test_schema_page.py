import re

from shared.schema import Model
from tests.documents import schema_page


def test_the_page_of_the_schema_is_drawn_from_the_schema() -> None:
    """To write it: make docs"""
    assert schema_page.PAGE.read_text() == schema_page.page()


def test_every_table_has_its_place_on_the_page() -> None:
    drawn = [model.__tablename__ for part in schema_page.PARTS for model in schema_page.tables(part)]

    assert sorted(drawn) == sorted(Model.metadata.tables)


def test_the_picture_of_the_whole_names_every_table_once() -> None:
    text = (schema_page.PAGE.parent / "architecture.md").read_text()
    picture = re.search(r"subgraph schema (.*?)\n    end\n", text, re.DOTALL)
    assert picture is not None

    named = [name for name in re.findall(r"\b[a-z_]+\b", picture[1]) if name in Model.metadata.tables]

    assert sorted(named) == sorted(Model.metadata.tables)
