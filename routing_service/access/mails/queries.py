from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import InvitationMail


async def is_due(session: AsyncSession, *, now: datetime) -> bool:
    return (
        await session.scalar(select(InvitationMail.account_id).where(InvitationMail.due_at <= now).limit(1)) is not None
    )


async def waiting_mails(session: AsyncSession) -> tuple[int, int]:
    """How many wait for their turn, and how many wait for somebody who invites anew. Of the whole table, which is
    small: a mail that went out has no row.
    """
    given_up = InvitationMail.due_at.is_(None)
    counts = select(func.count().filter(~given_up), func.count().filter(given_up)).select_from(InvitationMail)
    row = (await session.execute(counts)).one()
    return row[0], row[1]


async def claim(session: AsyncSession, *, now: datetime, until: datetime) -> InvitationMail | None:
    """The one that is due longest, put off until then: nobody else takes it up before."""
    statement = (
        select(InvitationMail).where(InvitationMail.due_at <= now).order_by(InvitationMail.due_at).limit(1)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    row = (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()
    if row is not None:
        await session.execute(
            update(InvitationMail).where(InvitationMail.account_id == row.account_id).values(due_at=until)
        )
    return row


async def settle(session: AsyncSession, account_id: str, *, claimed: datetime) -> None:
    """Unless somebody has asked for another mail meanwhile, or taken this one up."""
    ours = (InvitationMail.account_id == account_id, InvitationMail.due_at == claimed)
    await session.execute(delete(InvitationMail).where(*ours))


async def postpone(
    session: AsyncSession,
    account_id: str,
    *,
    claimed: datetime,
    due_at: datetime | None,
    attempts: int,
    error: str | None,
) -> None:
    """`due_at` None: for good."""
    ours = (InvitationMail.account_id == account_id, InvitationMail.due_at == claimed)
    values = {"due_at": due_at, "attempts": attempts, "error": error}
    await session.execute(update(InvitationMail).where(*ours).values(values))
