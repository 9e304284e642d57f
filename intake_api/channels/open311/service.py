"""The rules of Open311: what is handed in, and what is told of reports, which is what everybody may know."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.channels.open311 import media, queries, reading, words
from intake_api.channels.open311.definitions import attributes_of
from intake_api.channels.open311.forms import Form
from intake_api.channels.open311.params import Open311Search, status_of
from intake_api.channels.open311.queries import Sought
from intake_api.channels.open311.schemas import (
    Open311Attributes,
    Open311Definition,
    Open311Receipt,
    Open311Request,
    Open311Service,
    Open311Token,
)
from intake_api.channels.open311.talking import w3c
from intake_api.labels import PUBLIC_GROUPS, public_title
from intake_api.submissions.service import Submissions
from shared import ids
from shared.clients import Client
from shared.clock import to_the_minute
from shared.database import Sessions
from shared.domain.lifecycle import public_group
from shared.domain.regions import national_day, parent_of
from shared.domain.wording import Language, say
from shared.errors import DomainError, NotFound
from shared.log import public_changes
from shared.settings import IntakeSettings

LONGEST_DESCRIPTION = 4_000
#: What a repeat of a reference is refused with where it says something else.
_KNOWN_BEFORE = frozenset({"idempotency_key_reused", "duplicate_external_reference"})


async def hand_in(
    submissions: Submissions, sessions: Sessions, form: Form, client: Client, settings: IntakeSettings, *,
    language: Language, now: datetime,
) -> Open311Receipt:  # fmt: skip
    """Raises what a submission raises, and RequestValidationError.

    A process that ends between the report and its links answers nothing: the sender tries again, and both are there.
    """
    handed = reading.handed_in(form, client)
    try:
        receipt = await submissions.submit(handed.submission, client=client, key=handed.key, now=now)
    except DomainError as error:
        if not handed.named or error.code not in _KNOWN_BEFORE or error.tracking_number is None:
            raise
        # The same report, whatever its sender has made of it since: it is never taken twice.
        return _numbered(error.tracking_number, settings, language)
    if media.links_in(form):
        async with sessions.begin() as session:
            await media.keep_links(session, receipt.report_id, form, client, now=now)
    if settings.open311_tokens:
        return Open311Receipt(token=receipt.report_id.hex, service_notice=say(words.STORED, language))
    extended = form.get("extensions", "").lower() == "true"
    told = _numbered(receipt.tracking_number, settings, language)
    return told.model_copy(update={"access_code": receipt.access_code if extended else None})


def _numbered(number: str, settings: IntakeSettings, language: Language) -> Open311Receipt:
    notice = say(words.FOLLOW, language).format(number=number, url=f"{settings.own_url}/r/{number}")
    return Open311Receipt(service_request_id=number, service_notice=notice)


async def number_for(session: AsyncSession, token: str) -> Open311Token:
    """Raises NotFound."""
    try:
        number = await queries.number_of(session, UUID(hex=token))
    except ValueError:
        number = None
    if number is None:
        raise NotFound("There is no such token.")
    return Open311Token(service_request_id=number, token=token)


async def services(
    session: AsyncSession, settings: IntakeSettings, *, jurisdiction: str | None, language: Language, now: datetime
) -> list[Open311Service]:
    """Every jurisdiction has all of them: routing finds who is competent. Raises NotFound."""
    await check_jurisdiction(session, jurisdiction)
    rows = await queries.services(session, today=national_day(now))
    found = [_service(row, language, tokens=settings.open311_tokens) for row in rows]
    label = say(words.UNCATEGORISED_LABEL, language)
    return [*found, _described(reading.UNCATEGORISED, label, None, tokens=settings.open311_tokens)]


def _service(row: Row[Any], language: Language, *, tokens: bool) -> Open311Service:
    group = None if row.group_id is None else say((row.group_id, row.group_en), language)
    return _described(row.code, say((row.label_id, row.label_en), language), group, tokens=tokens)


def _described(code: str, name: str, group: str | None, *, tokens: bool) -> Open311Service:
    described = name if group is None else f"{group}: {name}"
    return Open311Service(
        service_code=code, service_name=name, description=described, metadata=True,
        type="batch" if tokens else "realtime", keywords=None, group=group,
    )  # fmt: skip


async def definition(
    session: AsyncSession, code: str, *, jurisdiction: str | None, language: Language, now: datetime
) -> Open311Definition:
    """Raises NotFound."""
    await check_jurisdiction(session, jurisdiction)
    if code == reading.UNCATEGORISED:
        needs_evidence = False
    else:
        rows = await queries.services(session, today=national_day(now), code=code)
        if not rows:
            raise NotFound("There is no such service_code; services lists them.", code="unknown_service")
        needs_evidence = rows[0].needs_evidence
    attributes = attributes_of(needs_evidence=needs_evidence, language=language)
    return Open311Definition(service_code=code, attributes=attributes)


async def check_jurisdiction(session: AsyncSession, code: str | None) -> None:
    """Raises NotFound."""
    if code is not None and not await queries.agency_exists(session, code):
        detail = "There is no such jurisdiction_id; it is the code of an agency, as GET /v1/agencies lists them."
        raise NotFound(detail, code="unknown_jurisdiction")


async def requests(
    session: AsyncSession, params: Open311Search, *, language: Language, now: datetime
) -> list[Open311Request]:
    """Raises Invalid, NotFound."""
    await check_jurisdiction(session, params.jurisdiction_id)
    sought = params.sought(now)
    rows = await queries.published(
        session, sought, limit=params.page_size, offset=params.offset, with_supports=params.extensions
    )
    return await _told(session, rows, language, extended=params.extensions)


async def request_of(
    session: AsyncSession, number: str, *, jurisdiction: str | None, extended: bool, language: Language
) -> list[Open311Request]:
    """One, if everybody may see it. Raises NotFound."""
    await check_jurisdiction(session, jurisdiction)
    rows: Sequence[Row[Any]] = ()
    if ids.is_tracking_number(number):
        sought = Sought([number], None, None, jurisdiction, None, None)
        rows = await queries.published(session, sought, limit=1, offset=0, with_supports=extended)
    if not rows:
        raise NotFound("There is no such service_request_id, or it is not public.")
    return await _told(session, rows, language, extended=extended)


async def _told(
    session: AsyncSession, rows: Sequence[Row[Any]], language: Language, *, extended: bool
) -> list[Open311Request]:
    changes = await public_changes.of_reports(session, [row.id for row in rows])
    names = await queries.names_around(session, {row.region_code for row in rows if row.region_code})
    units = await queries.units_of(session, {row.due_policy for row in rows if row.due_policy})
    around = _Around(changes, names, units)
    return [_request(row, around, language, extended=extended) for row in rows]


class _Around(NamedTuple):
    """What belongs to the rows of a page: what changed of each, names of regions, the units of policies."""

    changes: Mapping[UUID, public_changes.Changes]
    names: Mapping[str, str]
    units: Mapping[str, str | None]


def _request(row: Row[Any], around: _Around, language: Language, *, extended: bool) -> Open311Request:
    group, changes = public_group(row.status), around.changes[row.id]
    label = words.UNCATEGORISED_LABEL if row.label_id is None else (row.label_id, row.label_en)
    return Open311Request(
        service_request_id=row.tracking_number,
        status=status_of(row.status),
        status_notes=row.notes or say(PUBLIC_GROUPS[group], language),
        service_name=say(label, language),
        service_code=row.category_code or reading.UNCATEGORISED,
        description=_description(row),
        agency_responsible=row.agency_name,
        service_notice=_counted(row, around.units, language),
        requested_datetime=w3c(to_the_minute(row.received_at)),
        updated_datetime=None if changes.latest is None else w3c(to_the_minute(changes.latest)),
        expected_datetime=row.due_at and w3c(row.due_at),
        address=address_of(row.region_code, around.names),
        address_id=None,
        zipcode=None,
        lat=row.place_latitude,
        long=row.place_longitude,
        media_url=None,
        extended_attributes=_extended(row, changes.version, language) if extended else None,
    )


def _description(row: Row[Any]) -> str | None:
    """Title and body, as far as the specification's place for them goes."""
    if row.body is None:
        return None
    whole = row.body if row.body.startswith(row.title) else f"{row.title}\n\n{row.body}"
    return whole if len(whole) <= LONGEST_DESCRIPTION else f"{whole[: LONGEST_DESCRIPTION - 1]}…"


def _counted(row: Row[Any], units: Mapping[str, str | None], language: Language) -> str | None:
    wording = words.COUNTED.get(units.get(row.due_policy) or "")
    if wording is None or row.due_days is None:
        return None
    return say(wording, language).format(days=row.due_days, policy=row.due_policy)


def _extended(row: Row[Any], version: int, language: Language) -> Open311Attributes:
    group = public_group(row.status)
    return Open311Attributes(
        classification=row.classification,
        title=public_title(row.title, row.tracking_number, language),
        status_group=group,
        status_label=say(PUBLIC_GROUPS[group], language),
        region_code=row.region_code,
        agency_code=row.agency_code,
        supports=row.supports,
        version=version,
    )


def address_of(code: str | None, names: Mapping[str, str]) -> str | None:
    """A region and those that it lies in, the narrowest first, as the specification asks for it."""
    found = []
    while code:
        found += [names[code]] if code in names else []
        code = parent_of(code)
    return ", ".join(found) or None
