from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.webhooks import WebhookState
from shared.log.feed import Position
from shared.schema import Webhook, WebhookPosition, WebhookReplay

_POSITION = 1

_IS_BEHIND = text(
    """
    SELECT EXISTS (
        SELECT FROM events e WHERE (e.transaction_id, e.id) > (p.transaction_id, p.event_id)
          AND e.transaction_id < now.horizon
    ) AND (now.horizon - p.transaction_id > :far OR EXISTS (SELECT FROM webhooks WHERE state = 'active'))
    OR p.transaction_id >= now.horizon  -- no position gets there by itself
    FROM webhook_position p, (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) AS now
    """
)
# What decides who may hear of an event: the agencies that it names, the one that holds the report, and who handed the
# report in, or one that was merged into it.
_EVENTS = """
    SELECT e.transaction_id, e.id, e.report_id, e.seq, e.recorded_at,
           ARRAY(SELECT a FROM unnest(ARRAY[r.holder_agency_code, e.data ->> 'agency', e.data ->> 'previous_agency']) a
                 WHERE a IS NOT NULL) AS agencies,
           r.client_id, EXISTS (SELECT FROM reports m WHERE m.merged_into = e.report_id) AS has_others
    FROM events e JOIN reports r ON r.id = e.report_id
"""
_PAGE = text(
    f"""{_EVENTS}
    WHERE (e.transaction_id, e.id) > (:transaction_id, CAST(:event_id AS uuid)) AND e.transaction_id < :horizon
    ORDER BY e.transaction_id, e.id LIMIT :limit
    """
)
# A transaction that is numbered earlier may have waited for a later one: what that wrote comes first in the report.
_EARLIER = text(
    f"""{_EVENTS} JOIN unnest(CAST(:report_ids AS uuid[]), CAST(:seqs AS int[])) AS last (report_id, seq)
        ON e.report_id = last.report_id AND e.seq < last.seq
    WHERE (e.transaction_id, e.id) > (:transaction_id, CAST(:event_id AS uuid))
    """
)
_REPLAYED = text(
    f"""{_EVENTS}
    WHERE (e.transaction_id, e.id) > (:transaction_id, CAST(:event_id AS uuid)) AND e.transaction_id <= :last
    ORDER BY e.transaction_id, e.id LIMIT :limit
    """
)
_LINES = text(
    """
    WITH RECURSIVE line (start, code) AS (
        SELECT code, code FROM unnest(CAST(:codes AS text[])) AS code
        UNION
        SELECT l.start, a.parent_code FROM line l JOIN agencies a ON a.code = l.code WHERE a.parent_code IS NOT NULL
    )
    SELECT start, code FROM line
    """
)


async def is_behind(session: AsyncSession, *, far: int) -> bool:
    """Whether there is an event to dispatch; where nobody listens, so many transactions ago. Only read, so that asking
    costs no transaction id.
    """
    return bool(await session.scalar(_IS_BEHIND, {"far": far}))


async def lock_position(session: AsyncSession) -> Position | None:
    """None: another process dispatches."""
    statement = select(WebhookPosition).where(WebhookPosition.id == _POSITION).with_for_update(skip_locked=True)
    row = (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()
    return None if row is None else Position(row.transaction_id, row.event_id)


async def move_position(session: AsyncSession, to: Position) -> None:
    values = {"transaction_id": to.transaction_id, "event_id": to.event_id}
    await session.execute(update(WebhookPosition).where(WebhookPosition.id == _POSITION).values(**values))


async def page_of_log(session: AsyncSession, after: Position, *, horizon: int, limit: int) -> Sequence[Row[Any]]:
    values = {"transaction_id": after.transaction_id, "event_id": after.event_id, "horizon": horizon, "limit": limit}
    return (await session.execute(_PAGE, values)).all()


async def earlier_beyond(session: AsyncSession, last: Mapping[UUID, int], end: Position) -> Sequence[Row[Any]]:
    """Events of these reports that come before these places in them, and lie beyond the end of a page."""
    values = {
        "report_ids": list(last), "seqs": list(last.values()), "transaction_id": end.transaction_id,
        "event_id": end.event_id,
    }  # fmt: skip
    return (await session.execute(_EARLIER, values)).all()


async def active_webhooks(session: AsyncSession) -> Sequence[Webhook]:
    """In the order of their ids."""
    statement = select(Webhook).where(Webhook.state == WebhookState.ACTIVE).order_by(Webhook.id)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).all()


async def lines_of(session: AsyncSession, codes: Collection[str]) -> Mapping[str, set[str]]:
    """Of each agency itself and all above it. UNION ends a loop in the data."""
    found: dict[str, set[str]] = {code: {code} for code in codes}
    for row in await session.execute(_LINES, {"codes": sorted(codes)}):
        found[row.start].add(row.code)
    return found


async def lock_replay(session: AsyncSession) -> tuple[WebhookReplay, Webhook] | None:
    """The oldest that is not finished, of a webhook that is active; None: none, or other processes have them."""
    statement = (
        select(WebhookReplay, Webhook)
        .join(Webhook, Webhook.id == WebhookReplay.webhook_id)
        .where(WebhookReplay.finished_at.is_(None), Webhook.state == WebhookState.ACTIVE)
        .order_by(WebhookReplay.created_at)
        .limit(1)
        .with_for_update(of=WebhookReplay, skip_locked=True)
    )
    row = (await session.execute(statement, execution_options={"populate_existing": True})).one_or_none()
    return None if row is None else (row[0], row[1])


async def page_of_replay(session: AsyncSession, replay: WebhookReplay, *, limit: int) -> Sequence[Row[Any]]:
    values = {
        "transaction_id": replay.transaction_id, "event_id": replay.event_id, "last": replay.last_transaction_id,
        "limit": limit,
    }  # fmt: skip
    return (await session.execute(_REPLAYED, values)).all()


async def move_replay(
    session: AsyncSession, id: UUID, *, to: Position, messages: int, finished_at: datetime | None
) -> None:
    values = {
        "transaction_id": to.transaction_id, "event_id": to.event_id,
        "messages": WebhookReplay.messages + messages, "finished_at": finished_at,
    }  # fmt: skip
    await session.execute(update(WebhookReplay).where(WebhookReplay.id == id).values(values))
