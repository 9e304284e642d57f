"""The locator of a process, from what is stored."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.place import address, queries
from routing_service.competence.place.locate import Locator

#: With fewer regions than the districts of the country, the address parser reads its data when it is first needed.
MANY = 8_000


async def load_locator(session: AsyncSession, known: Locator | None = None) -> Locator:
    """By the boundaries that are in force. What takes CPU, seconds the first time, is done in a thread.

    `known`: what the process has; its names of regions are kept if there are as many regions as then.
    """
    number, boundaries = await queries.in_force(session)
    if known is not None and len(known.gazetteer) == await queries.region_count(session):
        return await asyncio.to_thread(known.with_boundaries, boundaries, version=number)
    names = await queries.names(session)
    if len(names) > MANY:
        await asyncio.to_thread(address.preload)
    return await asyncio.to_thread(Locator.build, names, boundaries, version=number)
