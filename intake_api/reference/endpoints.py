from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from intake_api.reference import service
from intake_api.reference.schemas import (
    AgencyItem,
    CategoryItem,
    Codes,
    ReferenceParams,
    RegionItem,
    RegionParams,
    RegionTree,
    RegionTreeParams,
)
from shared.database import Session
from shared.http import web
from shared.http.conditional import NOT_MODIFIED, IfNoneMatch
from shared.http.openly import answered
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page

router = APIRouter(prefix="/v1", tags=["reference"])
problems: dict[int | str, dict[str, Any]] = web.errors_of(needs_token=False) | NOT_MODIFIED


@router.get("/categories", response_model=Page[CategoryItem], responses=problems)
async def list_categories(
    request: Request,
    session: Session,
    params: Annotated[ReferenceParams, Query()],
    now: Now,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What reports are about, for forms."""
    return _page(request, await service.page_of_categories(session, params, now=now), if_none_match)


@router.get("/regions", response_model=Page[RegionItem], responses=problems)
async def list_regions(
    request: Request, session: Session, params: Annotated[RegionParams, Query()], if_none_match: IfNoneMatch = None
) -> Response:
    """The provinces, or the children of a region, by Kemendagri code; with `q` those of a name, of every level."""
    return _page(request, await service.page_of_regions(session, params), if_none_match)


@router.get("/regions/tree", response_model=RegionTree, responses=problems)
@raises(422, "unknown_region")
async def get_region_tree(
    session: Session, params: Annotated[RegionTreeParams, Query()], if_none_match: IfNoneMatch = None
) -> Response:
    """A province with everything below it, or the whole country down to the districts, in one answer.

    For forms that work without a connection. Ask with `Accept-Encoding: gzip`, and later with `If-None-Match`.
    """
    return answered(await service.region_tree(session, params.within), if_none_match)


@router.get("/agencies", response_model=Page[AgencyItem], responses=problems)
async def list_agencies(
    request: Request,
    session: Session,
    params: Annotated[ReferenceParams, Query()],
    now: Now,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The agencies that may be named as the target of a report."""
    return _page(request, await service.page_of_agencies(session, params, now=now), if_none_match)


@router.get("/codes", response_model=Codes, responses=problems)
async def list_codes(if_none_match: IfNoneMatch = None) -> Response:
    """All code lists with their labels."""
    return answered(_json(service.codes()), if_none_match)


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json().encode()


def _page(request: Request, page: Page[Any], if_none_match: str | None) -> Response:
    following = page.next_cursor and f"?{request.url.include_query_params(cursor=page.next_cursor).query}"
    return answered(_json(page), if_none_match, next_page=following)
