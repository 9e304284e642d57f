"""Who read a report: for the custodian alone, who answers for its reporter's trust."""

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report import rights
from routing_service.report.readers import queries
from routing_service.report.readers.schemas import ReaderView
from shared.http.wire import Page, PageParams


async def page_of_readers(session: AsyncSession, reference: str, params: PageParams) -> Page[ReaderView]:
    """Raises NotFound. Also of a secret report: nothing of it is said but its number."""
    report_id = await queries.report_id_of(session, reference)
    if report_id is None:
        raise rights.no_report(reference)
    params = params.in_list("readers", report_id)
    position = params.position(list[int])
    rows = await queries.reads(session, report_id, after=position[0] if position else None, limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: (row.id,))
    items = [
        ReaderView(
            read_at=row.read_at, subject=row.subject, role=row.role, agency=row.agency_code, operation=row.operation
        )
        for row in shown
    ]
    return Page(items=items, next_cursor=next_cursor)
