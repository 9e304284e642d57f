"""What an officer's action asks of the database: its report is looked up, locked and read once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from routing_service.report import rights
from routing_service.report.rights import Reader
from shared.clients import Client
from shared.domain.lifecycle import Status
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, SURVIVOR, Headers, Json, Office

S = Status
#: What tells one statement from another.
LOOKED_UP = "WHERE reports.tracking_number ="
LOCKED = "FROM chains"
CASES = "reports.salt"

#: Each action, where it is taken, by whom, and how many statements it makes in all.
ACTIONS = [
    ("notes", S.ASSIGNED, OFFICER, {}, 8),
    ("responses", S.ASSIGNED, OFFICER, {}, 9),
    ("answer", S.VERIFIED, COORDINATOR, {}, 9),
    ("disposition", S.VERIFIED, ADMIN, {}, 14),
    ("merge", S.ASSIGNED, COORDINATOR, {"into": SURVIVOR}, 10),
    ("unmerge", S.MERGED, COORDINATOR, {}, 15),
    ("archive", S.RECEIVED, ADMIN, {}, 11),
]


@contextmanager
def heard(connection: Connection) -> Iterator[list[str]]:
    said: list[str] = []

    def hear(*given: Any) -> None:
        if not given[2].startswith(("SAVEPOINT", "RELEASE")):  # of the test's own transaction
            said.append(" ".join(given[2].split()))

    event.listen(connection, "before_cursor_execute", hear)
    yield said
    event.remove(connection, "before_cursor_execute", hear)


async def statements_of(office: Office, action: str, status: Status, who: Headers, body: Json) -> list[str]:
    await office.get(f"/v1/reports/{office.reports[S.ASSIGNED]}/routing", ADMIN)  # what decides is in memory
    number = (await office.get(f"/v1/reports/{office.reports[status]}", who))["tracking_number"]
    async with office.transaction() as session:
        connection = await session.connection()
    assert connection.sync_connection is not None
    with heard(connection.sync_connection) as said:
        await office.done(number, action, who, **body)
    return said


@pytest.mark.parametrize(("action", "status", "who", "body", "statements"), ACTIONS)
async def test_an_action_looks_its_report_up_once_and_reads_it_once(
    office: Office, action: str, status: Status, who: Headers, body: Json, statements: int
) -> None:
    said = await statements_of(office, action, status, who, body)

    looked_up = 2 if action == "merge" else 1  # the other one is named by its number, too
    assert sum(LOOKED_UP in statement for statement in said) == looked_up
    alone = 1 if action == "archive" else 0  # first with what is merged into it, were there anything
    assert sum(LOCKED in statement for statement in said) == 1 + alone
    before_the_lock = 1 if action == "disposition" else 0  # what is suggested is worked out without it
    assert sum(CASES in statement for statement in said) == 1 + before_the_lock
    assert len(said) == statements, said


@pytest.mark.parametrize(("action", "status", "who", "body", "statements"), ACTIONS)
async def test_an_action_checks_once_that_its_reader_works_on_reports(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    status: Status,
    who: Headers,
    body: Json,
    statements: int,
) -> None:
    checked: list[Client] = []
    as_reader = rights.as_reader

    def counted(client: Client) -> Reader:
        checked.append(client)
        return as_reader(client)

    monkeypatch.setattr(rights, "as_reader", counted)

    await office.done(office.reports[status], action, who, **body)

    assert len(checked) == 1
