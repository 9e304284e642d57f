from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Webhook


async def notice_is_due(session: AsyncSession, *, now: datetime) -> bool:
    """By the index on notice_due_at. Only read, so that asking costs no transaction id."""
    return await session.scalar(select(Webhook.id).where(Webhook.notice_due_at <= now).limit(1)) is not None


async def claim_notices(session: AsyncSession, *, now: datetime, until: datetime, limit: int) -> Sequence[Webhook]:
    """Webhooks whose owners wait longest to be told, put off until then: nobody else takes them up before."""
    statement = (
        select(Webhook).where(Webhook.notice_due_at <= now).order_by(Webhook.notice_due_at).limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )  # fmt: skip
    found = (await session.scalars(statement, execution_options={"populate_existing": True})).all()
    ids = [one.id for one in found]
    await session.execute(update(Webhook).where(Webhook.id.in_(ids)).values(notice_due_at=until))
    return found


async def put_off_notice(
    session: AsyncSession, id: UUID, *, claimed: datetime, due_at: datetime | None, attempts: int
) -> None:
    """`due_at` None: nobody waits for it any more. One that was taken up anew since stays as it is."""
    ours = (Webhook.id == id, Webhook.notice_due_at == claimed)
    await session.execute(update(Webhook).where(*ours).values(notice_due_at=due_at, notice_attempts=attempts))
