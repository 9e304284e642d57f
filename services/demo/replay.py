"""A file of old reports through the three services, as a historical import: every row with its real instants."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from services.demo import history
from services.demo.delivery import Outbox, outbox, wait_until_settled
from services.demo.history import Instansi, Row
from services.demo.stack import Caller, Refused, Stack, pages
from shared.clients import Role, Scope

#: More would not be faster, since the services are busy, but would keep each row waiting between its steps: sweeps find
#: it unverified, record breaches and take them back. With 24 that doubled the events.
WORKERS = 8
EXAMPLES = 10
MOST_PAGES = 1_000

RESPONSE = "Jawaban pertama instansi ini diambil alih dari arsip; isinya tidak ada di berkas asal."

IMPORT = frozenset({Scope.IMPORT})
CLIENT = Caller(Role.CHANNEL, "historical-import", scopes=IMPORT | {Scope.SUBMIT})
ADMIN = Caller(Role.NATIONAL_ADMIN, "historical-import", scopes=IMPORT)
OPERATOR = Caller(Role.OPERATOR, "historical-import")

Item = TypeVar("Item")


@dataclass(slots=True)
class Tally:
    """What became of the rows. `already_there` counts those of `accepted` that an earlier run had submitted."""

    rows: int
    agencies: int = 0
    accepted: int = 0
    already_there: int = 0
    refused: int = 0
    verified: int = 0
    assigned: int = 0
    answered: int = 0
    answers_refused: int = 0
    answers_before_receipt: int = 0
    actions_refused: int = 0
    seconds: float = 0.0
    rows_per_second: float = 0.0
    seconds_until_settled: float = 0.0
    outbox_acknowledged: int = 0
    outbox_waiting: int = 0
    outbox_parked: int = 0
    late_first_responses: int = 0
    refusals: list[str] = field(default_factory=list)  #: the first few, by row

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def note(self, row: Row, action: str, refused: Refused) -> None:
        if len(self.refusals) < EXAMPLES:
            self.refusals.append(f"row {row.number}, {action}: {refused}")

    @property
    def succeeded(self) -> bool:
        """An answer before its receipt is refused by right; any other refusal is a failure."""
        return (
            self.accepted == self.rows
            and not self.refused
            and not self.actions_refused
            and self.answers_refused == self.answers_before_receipt
            and not self.outbox_waiting
            and not self.outbox_parked
        )


class Watcher:
    """Told how far things are; the terminal inherits from it."""

    def phase(self, name: str, total: int) -> None:
        """Something of `total` steps begins."""

    def advance(self) -> None:
        """One step more is done."""

    def delivered(self, state: Outbox) -> None:
        """Rows still wait in the outbox."""


async def replay(stack: Stack, rows: Sequence[Row], instansi: Instansi, watcher: Watcher) -> Tally:
    tally = Tally(rows=len(rows))
    before = await outbox(stack)
    named = {row.agency for row in rows if row.agency}
    instansi, codes, tally.agencies = await register(stack, named, instansi, watcher)

    started = time.perf_counter()
    watcher.phase("replaying", len(rows))

    async def one(row: Row) -> None:
        await _enter(stack, row, instansi, codes, tally)
        watcher.advance()

    await _side_by_side(one, rows)
    tally.seconds = round(time.perf_counter() - started, 1)
    tally.rows_per_second = round(len(rows) / max(tally.seconds, 0.1), 1)

    after = await wait_until_settled(stack, seen=watcher.delivered)
    tally.seconds_until_settled = round(time.perf_counter() - started, 1)
    tally.outbox_acknowledged = after.acknowledged - before.acknowledged
    tally.outbox_waiting, tally.outbox_parked = after.waiting, after.parked
    tally.late_first_responses = await late_first_responses(stack, instansi)
    return tally


async def register(
    stack: Stack, names: Iterable[str], instansi: Instansi, watcher: Watcher
) -> tuple[Instansi, dict[str, str], int]:
    """The instansi and the codes of its agencies by their names, as the registry has them; how many are new.

    Who governs the region already is that instansi, and an agency of that name below it is that agency.
    """
    instansi = history.governing(instansi, await _agencies(stack, region=instansi.region))
    root = {"code": instansi.code, "name": instansi.name, "kind": instansi.kind, "region": instansi.region}
    new = int(await _register(stack, root))
    known = history.by_name(await _agencies(stack, parent=instansi.code))
    wanted = [(name, history.agency(name, instansi)) for name in sorted(names)]
    watcher.phase("agencies", len(wanted))
    codes: dict[str, str] = {}
    for name, body in wanted:
        codes[name] = known.get(history.simplified(name)) or str(body["code"])
        if codes[name] == body["code"]:
            new += await _register(stack, body)
        watcher.advance()
    return instansi, codes, new


async def _agencies(stack: Stack, **asked: str) -> list[dict[str, Any]]:
    return [one async for one in pages(stack, stack.routing, "/v1/agencies", OPERATOR, most=MOST_PAGES, **asked)]


async def _register(stack: Stack, body: dict[str, Any]) -> bool:
    try:
        _, replayed = await stack.post(stack.routing, "/v1/agencies", body, OPERATOR, key=f"agency:{body['code']}")
    except Refused as refused:
        if refused.code == "agency_exists":
            return False
        raise
    return not replayed


async def _enter(stack: Stack, row: Row, instansi: Instansi, codes: Mapping[str, str], tally: Tally) -> None:
    """One row, as far as it goes."""
    if not row.agency:
        tally.refused += 1
        tally.note(row, "submission", Refused(422, "no_agency", "The column agency is empty."))
        return
    submission = row.submission(instansi)
    try:
        receipt, replayed = await stack.post(stack.intake, "/v1/reports", submission, CLIENT, key=row.reference)
    except Refused as refused:
        tally.refused += 1
        tally.note(row, "submission", refused)
        return
    tally.accepted += 1
    tally.already_there += replayed
    report = str(receipt["id"])
    code = codes[row.agency]
    if not await _act(stack, report, row, "verification", ADMIN, {"occurred_at": row.received_at}, tally):
        return
    tally.verified += 1
    body: dict[str, Any] = {"agency": code, "occurred_at": row.received_at}
    if not await _act(stack, report, row, "disposition", ADMIN, body, tally):
        return
    tally.assigned += 1
    if row.answered_at is not None:
        await _answer(stack, report, row, code, tally)


async def _answer(stack: Stack, report: str, row: Row, code: str, tally: Tally) -> None:
    officer = Caller(Role.LIAISON_OFFICER, "historical-import", agency=code, scopes=IMPORT)
    body = {"body": RESPONSE, "final": False, "occurred_at": row.answered_at}
    tally.answers_before_receipt += history.answered_before_received(row)
    try:
        await stack.post(
            stack.routing, f"/v1/reports/{report}/responses", body, officer, key=f"{row.reference}:response"
        )
    except Refused as refused:
        tally.answers_refused += 1
        tally.note(row, "response", refused)
    else:
        tally.answered += 1


async def _act(
    stack: Stack, report: str, row: Row, action: str, caller: Caller, body: dict[str, Any], tally: Tally
) -> bool:
    path = f"/v1/reports/{report}/{action}"
    try:
        await stack.post(stack.routing, path, body, caller, key=f"{row.reference}:{action}")
    except Refused as refused:
        tally.actions_refused += 1
        tally.note(row, action, refused)
        return False
    return True


async def late_first_responses(stack: Stack, instansi: Instansi) -> int:
    """First responses of the instansi's agencies that came, or still stay away, after their deadline."""
    path = "/v1/statistics/clocks"
    found = await stack.get(stack.sla, path, ADMIN, agency=instansi.code, stage="first_response")
    return sum(int(counts["late"]) for counts in found["items"])


async def _side_by_side(work: Callable[[Item], Awaitable[None]], items: Iterable[Item]) -> None:
    """Every item once, WORKERS at a time; the first failure stops all."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
