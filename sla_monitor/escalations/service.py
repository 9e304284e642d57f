from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import Client
from shared.scope import known_subtree, scope_of
from shared.wire import Page, decode_cursor, encode_cursor
from sla_monitor.clocks.queries import Filters
from sla_monitor.escalations import queries
from sla_monitor.escalations.queries import Kinds, Place
from sla_monitor.escalations.schemas import EscalationParams, EscalationView


async def page(session: AsyncSession, params: EscalationParams, client: Client) -> Page[EscalationView]:
    scope = await scope_of(session, client)
    agencies = None if params.agency is None else await known_subtree(session, params.agency)
    filters = Filters(params.stage, params.level, agencies)
    kinds = Kinds(params.kind, params.notify, params.revoked)
    after = decode_cursor(params.cursor, Place) if params.cursor else None
    rows = await queries.escalations(session, filters, kinds, scope, after=after, limit=params.limit + 1)
    items = [_view(row) for row in rows[: params.limit]]
    if len(rows) <= params.limit:
        return Page(items=items)
    return Page(items=items, next_cursor=encode_cursor(items[-1].recorded_at, items[-1].id))


def _view(row: Row[Any]) -> EscalationView:
    return EscalationView(
        id=row.id,
        report_id=row.report_id,
        tracking_number=row.tracking_number,
        stage=row.stage,
        opened_seq=row.opened_seq,
        step=row.step_code,
        kind=row.kind,
        level=row.level,
        agency=row.agency_code,
        step_at=row.step_at,
        recorded_at=row.recorded_at,
        recipients=row.recipients.split(",") if row.recipients else [],
        late_entry=row.late_entry,
        notify=row.notify,
        revoked_at=row.revoked_at,
    )
