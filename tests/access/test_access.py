"""Everybody asks for everything, and gets what the table says: `table/`, typed by hand from the rules of the domain."""

import re
from http import HTTPStatus

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.http.openapi.walking import operations
from tests.access import table
from tests.access.callers import CALLERS, Headers, a_bad_token, in_a_session
from tests.access.requests import PATH, ask_for
from tests.access.table import EMPTY, OK, STATUS, Row
from tests.access.world import World, rolled_back

ROWS = table.rows()
#: Where a session is asked for, and never a token.
PAGES = "/board"
#: Whoever gets the same without a token and with a bad one was not asked for it: two more are enough.
FEW = {"none", "bad", "app", "adm"}
#: What nothing has.
UNKNOWN = {"id": "019a0000-0000-7000-8000-000000000000", "tracking_number": "1000000013"}
SECRET = [row for row in ROWS if row.of is not None and row.of.endswith("secret") and "404" in row.cells.values()]


async def asked(
    world: World, connection: AsyncConnection, row: Row, headers: Headers, place: dict[str, str] | None = None
) -> httpx.Response:
    ask = ask_for(world, row.service, f"{row.method} {row.path}", row.of or "")
    if place is None:
        place = world.places[row.of or ask.of or "nothing"]
    filled = re.sub(":[a-z]+}", "}", row.path).format_map({**PATH, **place, **ask.path})
    target = filled + (f"?{ask.query}" if ask.query else "")
    sent = {**(in_a_session(headers) if row.path.startswith(PAGES) else headers), **ask.headers}
    async with rolled_back(world, connection):
        with world.settings(row.service, ask.settings):
            answer = await world.ask(row.service, row.method, target, sent, json=ask.json, content=ask.content)
    if row.method != "GET" and answer.is_success and not row.path.startswith("/v1/reports"):
        world.forget()
    return answer


def wrong(world: World, row: Row, caller: str, answer: httpx.Response) -> str | None:
    """What the answer has that the table does not say."""
    cell = row.cells[caller]
    if cell in (OK, EMPTY):
        done = answer.is_success or answer.status_code == HTTPStatus.SEE_OTHER
        fits = done and has_it(world, row, answer) in (None, cell == OK)
    else:
        fits = answer.status_code == STATUS[cell] and is_refusal(row, answer)
    return None if fits else f"{caller}: not {cell} but {answer.status_code} {answer.text[:300]}"


def is_refusal(row: Row, answer: httpx.Response) -> bool:
    """As problems are; the issuer refuses as its standards say, and its pages in a sentence that people read."""
    kind: str = answer.headers.get("content-type", "").partition(";")[0]
    if row.path.startswith(PAGES):
        return kind == "text/html"
    if row.path.startswith("/oauth/"):
        return kind == "text/html" or (kind == "application/json" and {"error", "code"} <= set(answer.json()))
    if row.path.startswith("/open311/"):
        return kind == ("text/xml" if row.path.endswith(".xml") else "application/json") and "code" in answer.text
    return kind == "application/problem+json"


def has_it(world: World, row: Row, answer: httpx.Response) -> bool | None:
    """Whether a list has the thing that the row is about; None: it is no such list."""
    if EMPTY not in row.cells.values():
        return None
    if "{id}" in row.path:
        return bool(answer.json()["items"]) or None  # nothing at all, for some; for the others there may be nothing yet
    place = world.places[row.of or ""]
    return any(place[key] in answer.text for key in ("id", "tracking_number") if key in place)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_everybody_gets_what_the_table_says(row: Row, world: World, connection: AsyncConnection) -> None:
    found = []
    code = world.places.get(row.of or "", {}).get("code", "NONE")
    for caller in CALLERS:
        if row.alike and caller.name not in FEW:
            continue
        headers = a_bad_token(ROWS.index(row)) if caller.name == "bad" else caller.headers(code)
        answer = await asked(world, connection, row, headers)
        found.append(wrong(world, row, caller.name, answer))

    assert not [one for one in found if one], "\n".join(one for one in found if one)


@pytest.mark.parametrize("row", SECRET, ids=lambda row: row.name)
async def test_a_secret_report_answers_like_one_that_nobody_has(
    row: Row, world: World, connection: AsyncConnection
) -> None:
    place = world.places[row.of or ""]
    for caller in CALLERS:
        if row.cells[caller.name] == "404":
            headers = caller.headers(place["code"])
            secret = said_in(await asked(world, connection, row, headers))
            unknown = said_in(await asked(world, connection, row, headers, {**place, **UNKNOWN}))

            assert bare(secret, place) == bare(unknown, UNKNOWN), caller.name


def said_in(answer: httpx.Response) -> dict[str, object]:
    """What ties a form of a page to the browser is another one for each that has no cookie yet."""
    if not answer.headers["content-type"].startswith("text/html"):
        return {"said": answer.json()}
    return {"page": re.sub(r'name="form" value="\w+"', "...", answer.text)}


def bare(problem: dict[str, object], place: dict[str, str]) -> str:
    """Without what names the report that was asked for, and what ties a form to a session."""
    said = re.sub(r'value="[0-9a-f]{64}"', "", str(problem))
    for key in ("id", "tracking_number"):
        said = said.replace(place[key], "...")
    return said


def served(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and path, whether a document has it or not. HEAD is GET."""
    found = {(method.upper(), path) for path, method, _ in operations(app.openapi())}
    for context in iter_route_contexts(app.routes):
        found |= {(method, str(context.path)) for method in context.methods or ()}
    return {(method, re.sub(":[a-z]+}", "}", path)) for method, path in found if method not in ("HEAD", "OPTIONS")}


def test_the_table_has_every_operation_of_every_service_and_no_other(world: World) -> None:
    every = {(service, *one) for service, app in world.apps.items() for one in served(app)}

    assert {row.operation for row in ROWS} == every


def test_the_documents_name_the_roles_that_the_table_lets_in(world: World) -> None:
    """Of what needs a token; which of a role's things it may touch, they leave to the table."""
    let_in: dict[tuple[str, str, str], set[str]] = {}
    not_this: dict[tuple[str, str, str], set[str]] = {}
    for row in ROWS:
        for found, cells in ((let_in, (OK, EMPTY)), (not_this, ("404",))):
            roles = {caller.role for caller in CALLERS if row.cells[caller.name] in cells}
            found.setdefault(row.operation, set()).update(role.value for role in roles if role is not None)
    for service, app in world.apps.items():
        for path, method, operation in operations(app.openapi()):
            one = service, method.upper(), path
            if one in let_in and "x-roles" in operation and {} not in operation["security"]:
                named = set(operation["x-roles"])
                # Whom a coordinator has named has a scope that nobody has who calls here; see test_management.py.
                may_be = {who for who, needs in operation.get("x-scopes", {}).items() if "registry:manage" in needs}
                assert let_in[one] <= named <= let_in[one] | (may_be and may_be | not_this[one]), f"{method} {path}"


def test_a_row_has_a_cell_for_each_who_calls_and_no_other() -> None:
    good = "GET /v1/things/{id} @assigned " + " ".join(["ok"] * len(CALLERS))
    assert table.read_row("s", "n", good, "here").of == "assigned"

    for bad in (good + " ok", good.removesuffix(" ok"), good.removesuffix("ok") + "yes"):
        with pytest.raises(table.Mistyped, match="here"):
            table.read_row("s", "n", bad, "here")
