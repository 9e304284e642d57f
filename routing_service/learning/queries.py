"""SQL of the models."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import RoutingModel


async def active_id(session: AsyncSession) -> int | None:
    """The model in force; the partial unique index lets there be one at most."""
    found: int | None = await session.scalar(select(RoutingModel.id).where(RoutingModel.state == "active"))
    return found


async def blob(session: AsyncSession, id: int) -> bytes | None:
    found: bytes | None = await session.scalar(select(RoutingModel.blob).where(RoutingModel.id == id))
    return found
