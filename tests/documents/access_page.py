"""docs/access.md, written from the table that was typed by hand. To write it: make docs"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.access import table
from tests.access.callers import CALLERS
from tests.access.table import EMPTY, OK, REFUSED, Row
from tests.access.world import SAID

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
SIGNS = {OK: "✓", EMPTY: "∅", REFUSED: "·"}
INTRODUCTION = """# Who may call what

Every operation of the three services, also those that no OpenAPI document has, and what each who calls gets. The table
lies in `tests/access/table/`, typed by hand from the rules of the domain and not from the code; a test has everybody
try everything with real tokens, and fails where an operation is missing. `make docs` writes this page from it.

✓ it is done or read, or leads on to the next page; ∅ a list without the thing that is named, · 403, `404` for them
there is no such thing, `401` they did not say who they are. What is read may be less for one than for another: another
agency reads of a report what is public of it, a supervisor without the scope no words of a secret one.

On the pages where people log in a token counts nothing: what opens them is a password, a code, a link or a cookie,
which everybody sends here.
"""
MATTERS = """
What the rows name after an @ is a report, unless it says otherwise:
"""


def page() -> str:
    parts = [INTRODUCTION, *_callers(), MATTERS, *_things(), ""]
    for service, rows in groupby(table.rows(), key=lambda row: row.service):
        parts.append(f"## {service}\n")
        for noun, of_noun in groupby(rows, key=lambda row: row.noun):
            parts += [f"### {noun[0].upper()}{noun[1:]}\n", *_table(list(of_noun)), ""]
    return "\n".join(parts)


def _callers() -> Iterator[str]:
    yield "| who | is |\n| --- | --- |"
    yield from (f"| {caller.name} | {caller.said} |" for caller in CALLERS)


def _things() -> Iterator[str]:
    named = {row.of for row in table.rows() if row.of is not None}
    yield "| @ | is |\n| --- | --- |"
    yield from (f"| {name} | {said} |" for name, said in SAID.items() if name in named)


def _table(rows: list[Row]) -> Iterator[str]:
    heads = [caller.name for caller in CALLERS]
    yield f"| operation | {' | '.join(heads)} |"
    yield f"| --- |{' :-: |' * len(heads)}"
    for row in rows:
        cells = " | ".join(SIGNS.get(row.cells[head], row.cells[head]) for head in heads)
        of = f" @{row.of}" if row.of else ""
        yield f"| `{row.method} {row.path}`{of} | {cells} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
