"""Codes as those manage them who look after the registry: an instansi its own, operators all."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.channels.qr import codes
from intake_api.channels.qr.printed import pictures, queries, table
from intake_api.channels.qr.printed.pictures import Card
from intake_api.channels.qr.printed.schemas import (
    QrCodeCreate,
    QrCodeKind,
    QrCodeParams,
    QrCodeView,
    QrImportMistake,
    QrImportReport,
)
from intake_api.channels.qr.printed.table import NamedByLines, Plan
from intake_api.channels.qr.service import unknown
from shared.clients import Client
from shared.domain.regions import national_day
from shared.domain.sheets import reading
from shared.domain.sheets.mistakes import Mistake
from shared.errors import Conflict, DomainError, Invalid
from shared.http.wire import Bilingual, Page
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.queries.managed import Managed, managed_by
from shared.queries.subtrees import subtree
from shared.schema import QrCode


class QrImportRefused(DomainError):
    """The list has mistakes; nothing was written. The pointers are /<line>/<column>."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "import_refused"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"The file has {len(mistakes)} mistakes and nothing was written; see `errors`.")
        self.mistakes = mistakes

    @property
    def errors(self) -> list[dict[str, str]]:
        return [one.error | {"code": one.code} for one in self.mistakes]


async def list_codes(session: AsyncSession, params: QrCodeParams, client: Client, own_url: str) -> Page[QrCodeView]:
    """Raises Forbidden, Invalid."""
    rows, next_cursor = await _rows(session, params, client)
    return Page(items=[view(row, own_url) for row in rows], next_cursor=next_cursor)


async def cards(session: AsyncSession, params: QrCodeParams, client: Client, own_url: str) -> list[Card]:
    """Those of the same page of the list that are in use. Raises Forbidden, Invalid."""
    rows, _ = await _rows(session, params, client)
    used = [row for row in rows if row.revoked_at is None]
    names = await queries.names_of_agencies(session, {row.agency_code for row in used})
    return [
        Card(row.code, pictures.address(own_url, row.code), row.label, row.place or "", names[row.agency_code])
        for row in used
    ]


async def _rows(session: AsyncSession, params: QrCodeParams, client: Client) -> tuple[Sequence[QrCode], str | None]:
    managed = await managed_by(session, client)
    params = params.in_list("qr codes")
    rows = await queries.page_of_codes(
        session, agencies=await _agencies(session, managed, params.agency), kind=params.kind, revoked=params.revoked,
        reference=params.reference, before=params.position(tuple[datetime, str]), limit=params.rows,
    )  # fmt: skip
    return params.cut(rows, lambda row: (row.created_at.isoformat(), row.code))


async def _agencies(session: AsyncSession, managed: Managed, agency: str | None) -> Collection[str] | None:
    if agency is None:
        return managed.codes
    managed.check(agency)
    below = await subtree(session, agency)
    if not below:
        raise Invalid(f"There is no agency {agency}.", pointer="/agency", code="unknown_agency")
    return below


async def create_code(
    session: AsyncSession, body: QrCodeCreate, client: Client, keys: Keys, own_url: str, *, now: datetime
) -> QrCodeView:
    """Raises Forbidden, Invalid, Conflict."""
    managed = await managed_by(session, client)
    managed.check(body.agency)
    place = body.location
    values = {
        "kind": body.kind.value, "label": body.label, "reference": body.reference, "agency": body.agency,
        "place": place and place.text, "latitude": place and place.latitude, "longitude": place and place.longitude,
        "region": place and place.region_code, "category": body.category,
    }  # fmt: skip
    await _check_known(session, values, now)
    row = _row(values, client, keys, now)
    if not await queries.add_codes(session, [row]):
        raise Conflict(
            "A code of this agency with this reference is in use; revoke it, or take another reference.",
            code="qr_reference_in_use",
        )
    return await get_code(session, row["code"], own_url)


async def _check_known(session: AsyncSession, values: Mapping[str, Any], now: datetime) -> None:
    if not await queries.serving_agencies(session, {values["agency"]}, now):
        raise Invalid(f"No agency {values['agency']} is in service.", pointer="/agency", code="unknown_agency")
    category, region = values["category"], values["region"]
    if category is not None and not await queries.categories_in_service(session, {category}, national_day(now)):
        raise Invalid(f"There is no category {category}.", pointer="/category", code="unknown_category")
    if region is not None and not await queries.known_regions(session, {region}):
        raise Invalid(f"There is no region {region}.", pointer="/location/region_code", code="unknown_region")


async def get_code(session: AsyncSession, code: str, own_url: str) -> QrCodeView:
    row = await queries.find_code(session, code)
    if row is None:
        raise unknown()
    return view(row, own_url)


async def managed_code(session: AsyncSession, code: str, client: Client, own_url: str) -> QrCodeView:
    """Raises NotFound; Forbidden for a code of somebody else."""
    managed = await managed_by(session, client)
    found = await get_code(session, code, own_url)
    managed.check(found.agency)
    return found


async def revoke_code(session: AsyncSession, code: str, client: Client, own_url: str, *, now: datetime) -> QrCodeView:
    """For good. Raises NotFound, Forbidden."""
    await managed_code(session, code, client, own_url)
    await queries.mark_revoked(session, code, client.actor, now)
    return await get_code(session, code, own_url)


async def import_codes(
    session: AsyncSession, content: bytes, client: Client, keys: Keys, own_url: str, *, dry_run: bool, now: datetime
) -> QrImportReport:
    """Raises QrImportRefused, unless it is a dry run, whose report has the mistakes. Raises Forbidden, Conflict."""
    managed = await managed_by(session, client)
    plan, lines = await _planned(session, content, managed, now)
    if plan.mistakes and not dry_run:
        raise QrImportRefused(plan.mistakes)
    applied = not dry_run
    rows = [_row(values, client, keys, now) for values in plan.new] if applied else []
    if len(await queries.add_codes(session, rows)) < len(rows):
        raise Conflict(
            "Somebody else made some of these codes just now; send the file again.", code="codes_made_meanwhile"
        )
    return QrImportReport(
        lines=lines, created=len(plan.new), known=plan.known, applied=applied,
        mistakes=[
            QrImportMistake(line=one.line, column=one.column, code=one.code, message=Bilingual.of(one.sentence))
            for one in plan.mistakes
        ],
        codes=[view(QrCode(**row), own_url) for row in rows],
    )  # fmt: skip


async def _planned(session: AsyncSession, content: bytes, managed: Managed, now: datetime) -> tuple[Plan, int]:
    sheet = await asyncio.to_thread(
        reading.read_sheet, content, table.COLUMNS, table.NEEDED, most_lines=table.MOST_LINES
    )

    def named(column: str) -> set[str]:
        return {line.values[column] for line in sheet.lines if line.values.get(column) is not None}

    agencies = named("agency")
    known = NamedByLines(
        frozenset(await queries.serving_agencies(session, agencies, now)), managed.has,
        frozenset(await queries.categories_in_service(session, named("category"), national_day(now))),
        frozenset(await queries.known_regions(session, named("region"))),
        frozenset(await queries.with_reference(session, agencies)),
    )  # fmt: skip
    return table.plan_of(sheet, known), sheet.read


def _row(values: Mapping[str, Any], client: Client, keys: Keys, now: datetime) -> dict[str, Any]:
    return {
        "code": codes.new_code(keys.secret(KeyPurpose.QR_CODES)), "kind": values["kind"] or QrCodeKind.ASSET.value,
        "label": values["label"], "reference": values["reference"], "agency_code": values["agency"],
        "place": values["place"], "latitude": values["latitude"], "longitude": values["longitude"],
        "region_code": values["region"], "category_code": values["category"], "created_by": client.actor,
        "created_at": now,
    }  # fmt: skip


def view(row: QrCode, own_url: str) -> QrCodeView:
    return QrCodeView(
        code=row.code, address=pictures.address(own_url, row.code), kind=row.kind, label=row.label,
        reference=row.reference, agency=row.agency_code, place=row.place, latitude=row.latitude,
        longitude=row.longitude, region=row.region_code, category=row.category_code, created_at=row.created_at,
        created_by=row.created_by, revoked_at=row.revoked_at, revoked_by=row.revoked_by,
    )  # fmt: skip
