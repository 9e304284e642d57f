"""What schemathesis makes of the documents, sent by everybody: no 500, and nothing that no document says.

With `make contract`. In one process and on a real database: what a request does is rolled back, so that each finds
the same. Half of the requests are about what there is (the things of the table), half about what was made up.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.access import generated, table
from tests.access.callers import CALLERS, Caller, a_bad_token
from tests.access.generated import Documented, Made
from tests.access.requests import PATH
from tests.access.table import OK, Row
from tests.access.test_access import asked
from tests.access.world import World, rolled_back

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_ROLES" not in os.environ, reason="takes minutes: `make contract` runs it"),
]

EXAMPLES = int(os.environ.get("LAPOR_TEST_ROLES", "1"))
OPERATIONS = {
    operation: list(rows)
    for operation, rows in groupby(sorted(table.rows(), key=lambda row: row.operation), key=lambda row: row.operation)
}
#: What an ASGI server never lets through.
_IMPOSSIBLE = re.compile(r"[\r\n\x00]")


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()
    yield counted
    statuses = ", ".join(f"{count} x {what}" for what, count in sorted(counted.items()) if what.isdigit())
    sys.stdout.write(
        f"\n{counted['operations']} operations x {len(CALLERS)} who call = {counted['pairs']} pairs,"
        f" {counted['requests']} requests: {statuses}\n"
    )


@pytest.fixture(scope="module")
def documents(world: World) -> Mapping[str, Mapping[tuple[str, str], Documented]]:
    return {
        service: generated.documented(
            app.openapi(), [(method, path) for of, method, path in OPERATIONS if of == service]
        )
        for service, app in world.apps.items()
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
async def test_everybody_gets_what_the_document_says_whatever_they_send(
    operation: tuple[str, str, str],
    world: World,
    connection: AsyncConnection,
    documents: Mapping[str, Mapping[tuple[str, str], Documented]],
    tally: Counter[str],
) -> None:
    service, method, path = operation
    document = documents[service].get((method, path))
    if document is None:
        return
    rows = OPERATIONS[operation]
    made, boundaries = document.made(EXAMPLES), document.boundaries(50 * EXAMPLES)
    let_in = next((caller for caller in CALLERS if rows[0].cells[caller.name] == OK), CALLERS[0])
    tally["operations"] += 1
    found: dict[str, str] = {}
    for caller in CALLERS:
        tally["pairs"] += 1
        for row in rows:
            answer = await asked(world, connection, row, headers_of(caller, world, row))
            found = judged(document, answer, caller, tally) | found
        for number, request in enumerate([*made, *(boundaries if caller is let_in else ())]):
            row = rows[number // 2 % len(rows)]
            got = await sent(world, connection, row, request, caller, is_real=number % 2 == 0)
            if got is not None:
                found = judged(document, got, caller, tally, request) | found

    assert not found, "\n".join(f"{wrong}\n    {example}" for wrong, example in sorted(found.items()))


def headers_of(caller: Caller, world: World, row: Row) -> Mapping[str, str]:
    code = world.places.get(row.of or "", {}).get("code", "NONE")
    return a_bad_token(0) if caller.name == "bad" else caller.headers(code)


async def sent(
    world: World, connection: AsyncConnection, row: Row, request: Made, caller: Caller, *, is_real: bool
) -> httpx.Response | None:
    path = request.path
    if is_real and request.names:
        names = {**request.names, **PATH, **world.places[row.of or "nothing"]}
        path = re.sub(":[a-z]+}", "}", row.path).format_map(names)
    given = {name.lower(): value for name, value in request.headers.items()}
    given |= {name.lower(): value for name, value in headers_of(caller, world, row).items()}
    target = path + (f"?{request.query}" if request.query else "")
    if any(_IMPOSSIBLE.search(one) for one in (target, *given.values())):
        return None
    headers = {name.encode(): value.encode("latin-1", "replace") for name, value in given.items()}
    async with rolled_back(world, connection):
        answer = await world.ask(row.service, request.method, target, headers, content=request.content)
    if request.method != "GET" and answer.is_success and not row.path.startswith("/v1/reports"):
        world.forget()
    return answer


def judged(
    document: Documented, answer: httpx.Response, caller: Caller, tally: Counter[str], request: Made | None = None
) -> dict[str, str]:
    """What the document does not say, and who found it by what."""
    tally["requests"] += 1
    tally[str(answer.status_code)] += 1
    wrong = document.wrong(answer)
    if wrong is None:
        return {}
    content = "" if request is None or request.content is None else f" {request.content!r:.300}"
    return {f"{answer.status_code}: {wrong}": f"{caller.name}: {answer.request.method} {answer.request.url}{content}"}
