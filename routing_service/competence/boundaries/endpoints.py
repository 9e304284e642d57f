"""Boundaries over HTTP. Operators write; everybody with a token reads."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from routing_service.competence.boundaries import finding, service
from routing_service.competence.boundaries.schemas import (
    BoundariesImport,
    Imported,
    RegionAt,
    SetDetail,
    SetParams,
    SetView,
    Spot,
)
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import CurrentClient, allow
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page

router = APIRouter(prefix="/v1/boundaries", tags=["boundaries"])

Operator = Annotated[Client, Depends(allow(Role.OPERATOR))]
SetId = Annotated[int, Path(alias="id", ge=1, le=2**31 - 1, description="The set's number.")]

_IMPORTS: dict[int | str, dict[str, Any]] = {
    200: {"model": Imported, "description": "What a dry run found; nothing was written."},
    **web.errors_of(extra=(409, 413)),
}
_CHANGES = web.errors_of(reads=True, extra=(409, 413))


@router.get("", responses=web.errors_of())
async def list_boundaries(
    params: Annotated[SetParams, Query()], _client: CurrentClient, session: Session
) -> Page[SetView]:
    """The imported sets of boundaries, the newest first: what they cover, what was repaired, what overlaps."""
    return await service.page_of_boundary_sets(session, params)


@router.post(
    "/imports",
    status_code=HTTPStatus.CREATED,
    response_model=Imported,
    responses=_IMPORTS,
    dependencies=[makes("/v1/boundaries/{id}")],
)
@raises(409, "already_imported")
@raises(422, "invalid_boundaries", "boundaries_too_complex")
async def import_boundaries(
    body: BoundariesImport, client: Operator, session: Session, now: Now, once: Idempotent
) -> Response:
    """Import polygons of regions as a set; up to 1 MiB, larger files by `lapor boundaries import`. Only operators.

    Invalid polygons are repaired. An unknown region, one that is there twice or a wrong geometry refuses all of it;
    `errors` names the features.
    """
    imported = await service.import_set(
        session, body.geojson, name=body.name, source=body.source, actor=client.actor, now=now,
        code_property=body.code_property, activate=body.activate, dry_run=body.dry_run,
    )  # fmt: skip
    return await once.answer(imported, status=HTTPStatus.OK if body.dry_run else HTTPStatus.CREATED)


@router.get("/at", responses=web.errors_of(reads=True))
@raises(404, "no_boundaries", "no_region_here")
async def find_region(
    request: Request, params: Annotated[Spot, Query()], client: CurrentClient, session: Session, now: Now
) -> RegionAt:
    """The region that has a point, for forms; the boundaries in force decide, as they do for a report.

    Operators may ask a set that is not in force, to try it.

    404 `no_boundaries` where none are in force, and `no_region_here` where none of them has the point.
    """
    return await finding.region_at(session, request.app.state.knowledge, params, client, now=now)


@router.get("/{id}", responses=web.errors_of(reads=True))
async def get_boundaries(id: SetId, _client: CurrentClient, session: Session) -> SetDetail:
    """One set: its repairs, its largest overlaps and whose they are, and when it was in force."""
    return await service.get_boundary_set(session, id)


@router.post("/{id}/activation", response_model=SetDetail, responses=_CHANGES)
async def activate_boundaries(id: SetId, client: Operator, session: Session, now: Now, once: Idempotent) -> Response:
    """Put a set in force, or back in force; active sets of the same regions go out of it. Only operators."""
    return await once.answer(await service.activate_boundary_set(session, id, actor=client.actor, now=now))


@router.post("/{id}/deactivation", response_model=SetDetail, responses=_CHANGES)
async def deactivate_boundaries(id: SetId, client: Operator, session: Session, now: Now, once: Idempotent) -> Response:
    """Take a set out of force. Only operators."""
    return await once.answer(await service.deactivate(session, id, actor=client.actor, now=now))
