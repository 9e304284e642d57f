"""Supporting a report instead of filing another. No event: a supporter changes nothing that officers act on; the log of
supports is another one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.labels import PUBLIC_GROUPS, public_title
from intake_api.merged import queries as merged
from intake_api.merged import view as merged_view
from intake_api.merged.schemas import MergedInto
from intake_api.paging import public_position_of
from intake_api.reporters import access
from intake_api.reporters import queries as reporters
from intake_api.reporters.access import Credentials
from intake_api.supports import queries
from intake_api.supports.schemas import SupportedItem, SupportedParams, SupportView
from intake_api.timeline.schemas import AgencyName
from shared import ids
from shared.clock import to_the_minute
from shared.domain.lifecycle import OPEN, Status, is_public, public_group
from shared.domain.newer import code
from shared.domain.wording import Language, say
from shared.errors import Conflict
from shared.http.wire import Page
from shared.log import public_changes
from shared.schema import Report


async def support(
    session: AsyncSession, tracking_number: str, credentials: Credentials, *, now: datetime
) -> tuple[UUID, SupportView]:
    """Raises NotFound, for a secret report too; Conflict for one that cannot be supported."""
    report = await _find(session, tracking_number)
    supporter = credentials.reference_hashes()
    if await queries.supports_of(session, report.id, supporter) is None:
        await _check_open(session, report)
        if report.reporter_reference_hash in supporter:
            raise Conflict("This is your own report; it counts already, so you need not support it.", code="own_report")
        await queries.give_support(session, report, supporter, at=now)
    return report.id, await _support(session, report, supporter)


async def supporting(session: AsyncSession, tracking_number: str, credentials: Credentials) -> SupportView:
    """How an account supports a report now, as the answer to a repeated request. Raises NotFound, Conflict."""
    return await _support(session, await _find(session, tracking_number), credentials.reference_hashes())


async def _support(session: AsyncSession, report: Report, supporter: Sequence[bytes]) -> SupportView:
    given = await queries.supports_of(session, report.id, supporter)
    if given is None:
        raise Conflict(
            "This account has taken its support back since; support the report anew under another Idempotency-Key.",
            code="support_taken_back",
        )
    return SupportView(
        tracking_number=report.tracking_number,
        supports=await queries.count_supports(session, report.id),
        supported_at=given.supported_at,
    )


async def take_back(session: AsyncSession, tracking_number: str, credentials: Credentials, *, now: datetime) -> None:
    report, supporter = await _find(session, tracking_number), credentials.reference_hashes()
    while (given := await queries.supports_of(session, report.id, supporter)) is not None:
        await queries.take_back(session, report, given.supporter_hash, at=now)


async def supported(
    session: AsyncSession, credentials: Credentials, params: SupportedParams, *, language: Language
) -> Page[SupportedItem]:
    params = params.in_list("supports", credentials.reference)
    rows = await queries.of_supporter(
        session, credentials.reference_hashes(), before=public_position_of(params), limit=params.rows
    )
    shown, next_cursor = params.cut(rows, lambda row: (row.supported_at, row.Report.tracking_number))
    ends = await merged_view.ends_of(session, [row.Report for row in shown], language=language)
    changes = await public_changes.of_reports(session, [row.Report.id for row in shown])
    items = []
    for row in shown:
        report: Report = row.Report
        changed_at = to_the_minute(changes[report.id].latest or report.received_at)
        if params.updated_since is not None and changed_at < to_the_minute(params.updated_since):
            continue
        seen = is_public(report.status, secret=report.secret, published=report.published_at is not None)
        group = public_group(report.status)
        items.append(
            SupportedItem(
                tracking_number=report.tracking_number,
                supported_at=row.supported_at,
                supports=row.supports,
                status_group=group,
                status_label=say(PUBLIC_GROUPS[group], language),
                version=changes[report.id].version,
                changed_at=changed_at if seen else None,
                title=public_title(row.public_title, report.tracking_number, language) if seen else None,
                agency=AgencyName(code=report.agency_code, name=row.agency_name)
                if seen and report.agency_code
                else None,
                merged_into=_told(ends.get(report.id)),
            )
        )
    return Page(items=items, next_cursor=next_cursor)


def _told(end: MergedInto | None) -> MergedInto | None:
    """A supporter is no reporter of it: of a secret report not even how far it is."""
    return None if end is None or end.tracking_number is None else end


async def _find(session: AsyncSession, tracking_number: str) -> Report:
    found = (
        await reporters.find_by_number(session, tracking_number) if ids.is_tracking_number(tracking_number) else None
    )
    if found is None or found[0].secret:
        raise access.unknown(tracking_number)
    return found[0]


def can_be_supported(report: Report) -> bool:
    """By whom it is not the own report; once supported, it can be again, which changes nothing."""
    return report.published_at is not None and report.status in OPEN


async def _check_open(session: AsyncSession, report: Report) -> None:
    if can_be_supported(report):
        return
    if report.published_at is None:
        raise Conflict("This report is not public yet; try again once it is.", code="not_public")
    if report.status is Status.MERGED:
        raise _merged((await merged.trails(session, [report.id]))[report.id][-1])
    raise Conflict("This report is closed; if the trouble is still there, submit a new one.", code="not_open")


def _merged(end: Row[Any]) -> Conflict:
    """Names the report to support instead only if everybody may know of it."""
    if not is_public(code(Status, end.status), secret=end.secret, published=end.published_at is not None):
        return Conflict(
            "This report was merged with another one and can no longer be supported; submit a report of your own.",
            code="merged",
        )
    return Conflict(f"This report was merged with report {end.tracking_number}; support that one.", code="merged")
