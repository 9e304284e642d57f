"""The region of a point, by the boundaries in force."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.boundaries.schemas import RegionAt, Spot
from routing_service.competence.inquiry import Inquiry
from routing_service.competence.knowledge import Knowledge
from routing_service.competence.place import queries
from routing_service.competence.place.locate import Locator
from shared.clients import Client, Role
from shared.domain.regions import national_day
from shared.errors import Forbidden, NotFound


async def region_at(
    session: AsyncSession, knowledge: Knowledge, spot: Spot, client: Client, *, now: datetime
) -> RegionAt:
    """Raises NotFound where there are no boundaries, or none has the point; Forbidden for a set that is only tried."""
    await knowledge.current(session)
    locator = knowledge.boundaries.held
    if spot.boundaries is not None:
        locator = await _of_one_set(session, locator, spot.boundaries, client)
    elif not len(locator.polygons):
        detail = "No boundaries are in force here; choose the region from a list, or have an operator import them."
        raise NotFound(detail, code="no_boundaries")
    asked = Inquiry("", "", national_day(now), latitude=spot.latitude, longitude=spot.longitude)
    place = locator.locate(asked)
    if place.region is None:
        detail = "No boundary that is in force has this point; check it, or choose the region from a list."
        raise NotFound(detail, code="no_region_here")
    values = place.evidence[0].values
    return RegionAt(
        code=place.region, name=str(values["name"]), path=str(values["path"]), confidence=round(place.confidence, 2)
    )


async def _of_one_set(session: AsyncSession, locator: Locator, set_id: int, client: Client) -> Locator:
    """To read a set takes seconds if it is large, so that only operators may ask."""
    if client.role is not Role.OPERATOR:
        raise Forbidden("Only operators try a set of boundaries; leave out `boundaries`.")
    found = await queries.of_set(session, set_id)
    if not found:
        raise NotFound(f"There is no set of boundaries {set_id}.")
    return await asyncio.to_thread(locator.with_boundaries, found, version=set_id)
