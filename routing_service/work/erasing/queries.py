from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.erasure import ERASED, NO_SALT
from shared.domain.messages import BY_REPORTER
from shared.schema import Message, PublicText, Report, ReportWords, RoutingDecision


async def empty_columns(session: AsyncSession, report_ids: Collection[UUID]) -> None:
    """What officers and administrators wrote, and what was made of the reporter's words. The chains are locked."""
    await session.execute(update(Report).where(Report.id.in_(report_ids)).values(verified_title=None))
    ours = Message.report_id.in_(report_ids), Message.kind.not_in(sorted(BY_REPORTER))
    nothing = {"body": ERASED, "public_body": None, "masks": None, "salt": NO_SALT}
    await session.execute(update(Message).where(*ours).values(nothing))
    for table in (PublicText, ReportWords):
        await session.execute(delete(table).where(table.report_id.in_(report_ids)))


async def decisions(session: AsyncSession, report_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """With the region that their reporters chose."""
    statement = (
        select(RoutingDecision.id, RoutingDecision.explanation, Report.region_code)
        .join(Report, Report.id == RoutingDecision.report_id)
        .where(RoutingDecision.report_id.in_(report_ids))
    )
    return (await session.execute(statement)).all()


async def replace_explanation(session: AsyncSession, decision_id: UUID, explanation: Any) -> None:
    await session.execute(
        update(RoutingDecision).where(RoutingDecision.id == decision_id).values(explanation=explanation)
    )
