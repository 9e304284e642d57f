"""The region of a point, by the boundaries in force."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.boundaries.schemas import RegionAt, Spot
from routing_service.competence.inquiry import Inquiry
from routing_service.competence.knowledge import Knowledge
from shared.domain.regions import national_day
from shared.errors import NotFound


async def region_at(session: AsyncSession, knowledge: Knowledge, spot: Spot, *, now: datetime) -> RegionAt:
    """Raises NotFound where there are no boundaries, or none has the point."""
    known = await knowledge.current(session)
    if not len(knowledge.boundaries.held.polygons):
        detail = "No boundaries are in force here; choose the region from a list, or have an operator import them."
        raise NotFound(detail, code="no_boundaries")
    asked = Inquiry("", "", national_day(now), latitude=spot.latitude, longitude=spot.longitude)
    place = known.places.locate(asked)
    if place.region is None:
        detail = "No boundary that is in force has this point; check it, or choose the region from a list."
        raise NotFound(detail, code="no_region_here")
    values = place.evidence[0].values
    return RegionAt(
        code=place.region, name=str(values["name"]), path=str(values["path"]), confidence=round(place.confidence, 2)
    )
