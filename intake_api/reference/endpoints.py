from typing import Annotated

from fastapi import APIRouter, Query

from intake_api.reference import service
from intake_api.reference.schemas import AgencyItem, CategoryItem, Codes, RegionItem, RegionParams
from shared.database import Session
from shared.http import web
from shared.http.web import Now
from shared.http.wire import Page, PageParams

router = APIRouter(prefix="/v1", tags=["reference"])
problems = web.errors_of(needs_token=False)


@router.get("/categories", responses=problems)
async def list_categories(session: Session, params: Annotated[PageParams, Query()], now: Now) -> Page[CategoryItem]:
    """What reports are about, for forms."""
    return await service.categories(session, params, now=now)


@router.get("/regions", responses=problems)
async def list_regions(session: Session, params: Annotated[RegionParams, Query()]) -> Page[RegionItem]:
    """The provinces, or the children of a region, by Kemendagri code."""
    return await service.regions(session, params)


@router.get("/agencies", responses=problems)
async def list_agencies(session: Session, params: Annotated[PageParams, Query()], now: Now) -> Page[AgencyItem]:
    """The agencies that may be named as the target of a report."""
    return await service.agencies(session, params, now=now)


@router.get("/codes")
async def list_codes() -> Codes:
    """All code lists with their labels."""
    return service.codes()
