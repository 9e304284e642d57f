"""Agencies, officers and categories from a CSV file: checked as a whole, written as a whole or not at all."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.agencies import queries as registry_queries
from routing_service.registry.categories import queries as category_queries
from routing_service.registry.delegation import queries as delegation_queries
from routing_service.registry.delegation import service as delegation
from routing_service.registry.imports import plans, queries
from routing_service.registry.imports.changes import Change, RegistryNote
from routing_service.registry.imports.columns import OF_KIND, ImportKind
from routing_service.registry.imports.plan import Plan, Row
from routing_service.registry.imports.plans import KnownAgencies, KnownCategories, KnownOfficers
from routing_service.registry.imports.schemas import ChangeView, ImportReport, MistakeView
from shared.clients import Client
from shared.domain.sheets import reading
from shared.domain.sheets.mistakes import Mistake
from shared.domain.sheets.reading import Sheet
from shared.errors import DomainError, Forbidden
from shared.http.wire import Bilingual

SHOWN_MISTAKES = 1_000
SHOWN_CHANGES = 1_000
FIRST_CHUNK = 500

#: (what is done, how much of it, of how much)
Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _of: int) -> None:
    pass


class ImportRefused(DomainError):
    """The file has mistakes; nothing was written. The pointers are /<line>/<column>."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "import_refused"

    def __init__(self, report: ImportReport) -> None:
        super().__init__(f"The file has {report.mistakes} mistakes and nothing was written; see `errors`.")
        self.report = report

    @property
    def errors(self) -> list[dict[str, str]]:
        return [
            {
                "pointer": f"/{one.line}" + (f"/{one.column}" if one.column else ""),
                "message": one.sentence.en,
                "message_id": one.sentence.id,
                "code": one.code,
            }
            for one in self.report.errors
        ]


async def run(
    session: AsyncSession,
    kind: ImportKind,
    content: bytes,
    client: Client,
    *,
    dry_run: bool,
    progress: Progress = silent,
) -> ImportReport:
    """Raises ImportRefused, unless it is a dry run: then the mistakes are in the report. Raises Forbidden."""
    columns, needed = OF_KIND[kind]
    progress("reading", 0, 1)
    sheet = await asyncio.to_thread(reading.read_sheet, content, columns, needed)
    progress("checking", 0, 1)
    plan = await _PLANS[kind](session, sheet, client)
    applied = not dry_run and not plan.mistakes
    report = _report(kind, sheet, plan, dry_run=dry_run, applied=applied)
    if applied:
        await _write(session, kind, plan.rows, progress)
        if plan.moved:
            await delegation_queries.forget_named(session, plan.moved)
    elif not dry_run:
        raise ImportRefused(report)
    return report


async def _agencies(session: AsyncSession, sheet: Sheet, client: Client) -> Plan:
    await registry_queries.lock_shape(session)  # nobody moves an agency between the check and the writing
    part = await delegation.part_of(session, client)
    stored = await queries.stored_agencies(session, [line.values["code"] for line in sheet.lines])
    regions = [line.values["region"] for line in sheet.lines if line.values.get("region") is not None]
    below = [line.values["code"] for line in sheet.lines if line.values.get("parent") is not None]
    roots = [code for code in below if code in stored and stored[code]["parent_code"] is None]
    tree = await queries.tree(session)
    known = KnownAgencies(
        stored=stored,
        parents={row.code: row.parent_code for row in tree},
        zones={row.code: row.time_zone for row in tree},
        names={row.code: row.name for row in tree},
        successors={row.code: row.successor_code for row in tree if row.successor_code is not None},
        regions=await queries.known_regions(session, regions),
        coordinating=await queries.coordinating(session, roots),
        part=part,
    )
    return plans.plan_agencies(sheet, known)


async def _categories(session: AsyncSession, sheet: Sheet, client: Client) -> Plan:
    if await delegation.part_of(session, client) is not None:
        raise Forbidden("Categories are for all instansi; ask an operator.", code="national_categories")
    await category_queries.lock_shape(session)
    stored = await queries.stored_categories(session)
    parents = {code: row["parent_code"] for code, row in stored.items()}
    return plans.plan_categories(sheet, KnownCategories(stored, parents))


async def _officers(session: AsyncSession, sheet: Sheet, client: Client) -> Plan:
    part = await delegation.part_of(session, client)
    named = {line.values["agency"] for line in sheet.lines if line.values["agency"] is not None}
    if part is not None:  # who is registered elsewhere, no count tells
        named &= part.codes
    stored = await queries.stored_officers(session, sorted(named), national=part is None)
    return plans.plan_officers(sheet, KnownOfficers(stored, await queries.parents(session), part))


_PLANS = {ImportKind.AGENCIES: _agencies, ImportKind.CATEGORIES: _categories, ImportKind.OFFICERS: _officers}
_STORES = {
    ImportKind.AGENCIES: queries.store_agencies,
    ImportKind.CATEGORIES: queries.store_categories,
    ImportKind.OFFICERS: queries.store_officers,
}


def _starts(rows: int) -> Iterator[int]:
    """Where the chunks begin; the first is small."""
    if rows:
        yield 0
    yield from range(FIRST_CHUNK, rows, queries.CHUNK)


async def _write(session: AsyncSession, kind: ImportKind, rows: Sequence[Row], progress: Progress) -> None:
    for start in _starts(len(rows)):
        progress("writing", start, len(rows))
        if start == FIRST_CHUNK:
            await queries.look_anew(session)
        await _STORES[kind](session, rows[start : start + (queries.CHUNK if start else FIRST_CHUNK)])
    if kind is ImportKind.AGENCIES:
        for start in range(0, len(rows), queries.CHUNK):
            await queries.store_successors(session, rows[start : start + queries.CHUNK])
    progress("writing", len(rows), len(rows))


def _report(kind: ImportKind, sheet: Sheet, plan: Plan, *, dry_run: bool, applied: bool) -> ImportReport:
    mistakes = sorted(plan.mistakes, key=lambda one: (one.line, one.column or ""))
    return ImportReport(
        kind=kind,
        dry_run=dry_run,
        applied=applied,
        lines=sheet.read,
        created=plan.created,
        updated=plan.updated,
        unchanged=plan.unchanged,
        mistakes=len(mistakes),
        errors=[_view(mistake) for mistake in mistakes[:SHOWN_MISTAKES]],
        notes=[_view(note) for note in plan.notes[:SHOWN_MISTAKES]],
        changes=[_change(change) for change in sorted(plan.changes, key=lambda one: one.line)[:SHOWN_CHANGES]],
        taking_away=sum(bool(change.taken_away) for change in plan.changes),
    )


def _view(said: Mistake | RegistryNote) -> MistakeView:
    sentence = Bilingual.of(said.sentence)
    return MistakeView(line=said.line, column=said.column, code=said.code, sentence=sentence)


def _change(change: Change) -> ChangeView:
    return ChangeView(
        line=change.line,
        about=change.about,
        created=change.created,
        changed=list(change.changed),
        taken_away=list(change.taken_away),
    )
