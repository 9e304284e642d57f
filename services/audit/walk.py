"""Walks all reports in one snapshot, so that services may go on working meanwhile."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intake_api.identities.sealing import Identities
from services.audit import clocks, queries
from services.audit import rules as ruling
from services.audit.chain import head, links, readable, state
from services.audit.clocks import Rules
from services.audit.columns import by_digest, in_clear
from services.audit.files import File, Found
from services.audit.leaves import LogBreak
from services.audit.log import Kept
from services.audit.log import breaks as log_breaks
from services.audit.registry import RegistryBreak
from services.audit.registry import breaks as registry_breaks
from services.audit.steps import escalations
from services.audit.supports import supports
from services.audit.texts import public_texts
from services.audit.words import acknowledgements, messages

BATCH_REPORTS = 500
SHOWN_BREAKS = 100

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Break:
    """Where a history and what is stored part; `seq` is None if no single event is to blame."""

    report_id: UUID
    tracking_number: str | None  # None: the report is not there
    seq: int | None
    what: str


@dataclass(slots=True)
class Findings:
    """`breaks` is the first of each report that has any, in the order of report ids; the first 100 of them.

    `registry_breaks`, `log_breaks`: likewise the first 100, of whatever there is in the registry, or in the
    transparency log and the chains below it.
    """

    reports: int = 0
    events: int = 0
    broken: int = 0
    unopened: int = 0  #: identities that were not compared, since the key of them is not here
    breaks: list[Break] = field(default_factory=list)
    registry_changes: int = 0
    registry_broken: int = 0
    registry_breaks: list[RegistryBreak] = field(default_factory=list)
    log_leaves: int = 0
    log_broken: int = 0
    log_breaks: list[LogBreak] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.broken and not self.registry_broken and not self.log_broken

    def take_log(self, found: LogBreak) -> None:
        self.log_broken += 1
        if len(self.log_breaks) < SHOWN_BREAKS:
            self.log_breaks.append(found)

    def take_registry(self, found: RegistryBreak) -> None:
        self.registry_broken += 1
        if len(self.registry_breaks) < SHOWN_BREAKS:
            self.registry_breaks.append(found)

    def take(self, found: Break) -> None:
        self.broken += 1
        if len(self.breaks) < SHOWN_BREAKS:
            self.breaks.append(found)

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=str, indent=2)


async def verify(
    engine: AsyncEngine, *, identities: Identities | None = None, kept: Kept | None = None,
    progress: Progress = lambda done, of: None,
) -> Findings:  # fmt: skip
    """`identities`: opens what was sealed after it was received; without, it is not compared, and counted. `kept`: what
    somebody else kept of the transparency log; without, the database's own log is believed.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return await verify_on(connection, identities=identities, kept=kept, progress=progress)


async def verify_on(
    connection: AsyncConnection, *, identities: Identities | None = None, kept: Kept | None = None,
    progress: Progress = lambda done, of: None,
) -> Findings:  # fmt: skip
    """In the transaction of the connection."""
    findings = Findings()
    total, after = await queries.count_reports(connection), UUID(int=0)
    rules = await ruling.read_rules(connection)
    while files := await queries.files(connection, after=after, limit=BATCH_REPORTS):
        for file in files:
            findings.reports += 1
            findings.events += len(file.history)
            if found := first_break(file, rules, identities):
                findings.take(Break(file.report["id"], file.report["tracking_number"], *found))
            findings.unopened += file.unopened
        after = files[-1].report["id"]
        progress(findings.reports, total)
    for report_id in await queries.orphans(connection, limit=SHOWN_BREAKS):
        findings.take(Break(report_id, None, None, "the report is not there, but something that belongs to it is"))
    async for one in registry_breaks(connection):
        if isinstance(one, int):
            findings.registry_changes += one
        else:
            findings.take_registry(one)
    await _check_log(connection, findings, kept)
    return findings


async def _check_log(connection: AsyncConnection, findings: Findings, kept: Kept | None) -> None:
    async for leaf in log_breaks(connection, kept):
        if isinstance(leaf, int):
            findings.log_leaves += leaf
        else:
            findings.take_log(leaf)


def first_break(file: File, rules: Rules | None, identities: Identities | None = None) -> Found | None:
    """The chain from its first link to its head, then what the report has become by it."""
    return next(_breaks(file, rules, identities), None)


def _breaks(file: File, rules: Rules | None, identities: Identities | None) -> Iterator[Found]:
    return chain(
        links(file),
        readable(file),
        head(file),
        state(file),
        in_clear(file),
        by_digest(file, identities),
        messages(file),
        acknowledgements(file),
        escalations(file),
        public_texts(file),
        supports(file),
        clocks.compared(file, rules),
    )
