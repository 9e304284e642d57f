"""All SQL of the session at the pages: a family of tokens without a system, of which the cookie is the only one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import TokenFamily


async def add_session(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(TokenFamily).values(**values, client_id=None))
