from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.changes import queries
from routing_service.registry.changes.schemas import RegistryChange, RegistryChangeParams
from shared.http.wire import Page
from shared.schema import RegistryEvent


async def list_changes(session: AsyncSession, params: RegistryChangeParams) -> Page[RegistryChange]:
    params = params.in_list("registry changes")
    after = params.position(tuple[int])
    rows = await queries.changes(
        session, subject=params.subject, key=params.entry, actor=params.actor, since=params.since,
        before=after[0] if after else None, limit=params.rows,
    )  # fmt: skip
    shown, next_cursor = params.cut(rows, lambda row: (row.seq,))
    return Page(items=[_change(row) for row in shown], next_cursor=next_cursor)


def _change(row: RegistryEvent) -> RegistryChange:
    data: dict[str, Any] = row.data
    return RegistryChange(
        seq=row.seq, subject=row.subject, key=row.key, actor=row.actor, recorded_at=row.recorded_at,
        before=data["before"], after=data["after"],
    )  # fmt: skip
