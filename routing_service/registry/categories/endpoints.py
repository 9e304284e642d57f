"""The tree of categories."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from routing_service.registry.agencies.endpoints import Operator
from routing_service.registry.categories import service
from routing_service.registry.categories.schemas import CategoryCreate, CategoryParams, CategoryPatch, CategoryView
from shared.database import Session
from shared.http import web
from shared.http.auth import CurrentClient
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.wire import Code, Page

router = APIRouter(prefix="/v1/categories", tags=["registry"])

CategoryCode = Annotated[Code, Path(description="The category's code.")]


@router.get("", responses=web.errors_of())
async def list_categories(
    params: Annotated[CategoryParams, Query()], _client: CurrentClient, session: Session
) -> Page[CategoryView]:
    """All categories, those out of service too. What forms show is in intake_api."""
    return await service.list_categories(session, params)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=CategoryView,
    responses=web.errors_of(extra=(409, 413)),
    dependencies=[makes("/v1/categories/{code}")],
)
@raises(409, "category_exists")
@raises(422, "category_cycle", "unknown_category", "validity_reversed")
async def create_category(body: CategoryCreate, _client: Operator, session: Session, once: Idempotent) -> Response:
    """Add a category. Only operators."""
    return await once.answer(await service.create_category(session, body), status=HTTPStatus.CREATED)


@router.get("/{code}", responses=web.errors_of(reads=True))
async def get_category(code: CategoryCode, _client: CurrentClient, session: Session) -> CategoryView:
    """One category."""
    return await service.get_category(session, code)


@router.patch("/{code}", responses=web.errors_of(reads=True, extra=(413,)))
@raises(422, "category_cycle", "unknown_category", "validity_reversed")
async def change_category(code: CategoryCode, body: CategoryPatch, _client: Operator, session: Session) -> CategoryView:
    """Change a category; reports that are under it stay there. Only operators."""
    return await service.change_category(session, code, body)
