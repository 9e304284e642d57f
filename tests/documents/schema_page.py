"""docs/schema.md, drawn from shared/schema/. To write it: make docs"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.dialects import postgresql

from shared.schema import Model

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"
PARTS = (
    "registry",
    "access",
    "competence",
    "intake",
    "channels",
    "evidence",
    "news",
    "routing",
    "log",
    "webhooks",
    "clocks",
    "statistics",
    "tallies",
    "escalations",
    "limits",
    "proof",
)
INTRODUCTION = """# Schema

Drawn from `shared/schema/`, a part for each of its files; `make docs` writes this page, and a test compares it with
the code. What a column means stands there, beside it. Only the service that a part names writes its tables, all may
read them; a table says where others write in it, too. [The picture in
architecture](architecture.md#the-whole-in-one-picture) shows how they work together.
"""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_SHORT = {"timestamp with time zone": "timestamptz", "double precision": "double"}


def page() -> str:
    return "\n".join([INTRODUCTION, *(_part(name) for name in PARTS)])


def tables(part: str) -> list[type[Model]]:
    """In the order of the file."""
    found = [mapper.class_ for mapper in Model.registry.mappers if mapper.class_.__module__ == f"shared.schema.{part}"]
    source = Path(sys.modules[f"shared.schema.{part}"].__file__ or "").read_text()
    return sorted(found, key=lambda one: source.index(f"class {one.__name__}("))


def _part(name: str) -> str:
    models = tables(name)
    drawn = [_table(model) for model in models]
    lines = [
        f"## {name.capitalize()}\n",
        f"{sys.modules[f'shared.schema.{name}'].__doc__}\n",
        "| table | what a row is |\n| --- | --- |",
        *(f"| `{_stored(model).name}` | {_said(model)} |" for model in models),
        "\n```mermaid\nerDiagram",
        *(relation for model in models for relation in _relations(_stored(model))),
        *drawn,
        "```\n",
    ]
    return "\n".join(lines)


def _said(model: type[Model]) -> str:
    """Its docstring in one line."""
    return " ".join((model.__doc__ or "").split())


def _stored(model: type[Model]) -> Table:
    assert isinstance(model.__table__, Table)
    return model.__table__


def _table(model: type[Model]) -> str:
    rows = (f"        {_type(column)} {column.name}{_keys(column)}" for column in _stored(model).columns)
    return "\n".join([f"    {_stored(model).name} {{", *rows, "    }"])


def _type(column: Column[object]) -> str:
    said = column.type.compile(dialect=_DIALECT).lower()
    for long, short in _SHORT.items():
        said = said.replace(long, short)
    return re.sub(r"\(\d+\)", "", said)


def _keys(column: Column[object]) -> str:
    keys = [name for name, is_one in (("PK", column.primary_key), ("FK", column.foreign_keys)) if is_one]
    own = any(key.column.table is column.table for key in column.foreign_keys)
    remark = f' "of {column.table.name}"' if own else ""
    return f" {', '.join(keys)}{remark}" if keys else ""


def _relations(table: Table) -> Iterator[str]:
    """Those to other tables: mermaid draws a line from a table to itself through others, and no second one."""
    for key in sorted(_others(table), key=lambda key: key.parent.name):
        yield f"    {key.column.table.name} {_one(key)}--{_many(key, table)} {table.name} : {key.parent.name}"


def _others(table: Table) -> Iterator[ForeignKey]:
    return (key for key in table.foreign_keys if key.column.table is not table)


def _one(key: ForeignKey) -> str:
    return "|o" if key.parent.nullable else "||"


def _many(key: ForeignKey, table: Table) -> str:
    return "o|" if list(table.primary_key.columns) == [key.parent] else "o{"


if __name__ == "__main__":
    PAGE.write_text(page())
