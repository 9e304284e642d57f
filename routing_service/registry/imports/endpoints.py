"""Agencies, officers and categories from CSV files."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from routing_service.registry.imports import exports, service
from routing_service.registry.imports.columns import ImportKind
from routing_service.registry.imports.schemas import ExportParams, ImportParams, ImportReport
from shared.database import Session
from shared.http import web
from shared.http.auth import ManagingClient
from shared.http.idempotency import Idempotent
from shared.http.raising import raises

router = APIRouter(prefix="/v1/registry", tags=["registry"])

_EXAMPLES = {
    "agencies": (
        "code,name,kind,parent,region,duties",
        "SAMARINDA-DISPORA,Dinas Olahraga,dinas,SAMARINDA,64.72,youth_sports",
    ),
    "officers": (
        "agency,role,name,email,subject",
        "SAMARINDA-DPUPR,liaison_officer,Sari,sari@samarinda.example,dpupr-officer",
    ),
    "categories": (
        "code,parent,label_id,label_en",
        "road_markings,roads,Marka jalan pudar,Faded road markings",
    ),
}
_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "examples": {kind: {"value": "\n".join(lines)} for kind, lines in _EXAMPLES.items()},
            },
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
        },
    }
}


@router.post(
    "/imports/{kind}", response_model=ImportReport, responses=web.errors_of(extra=(409, 413)), openapi_extra=_CSV
)
@raises(422, "import_refused")
@raises(403, "national_categories", "not_any_more", "outside_of_instansi")
async def import_registry(
    kind: Annotated[ImportKind, Path()],
    params: Annotated[ImportParams, Query()],
    request: Request,
    client: ManagingClient,
    session: Session,
    once: Idempotent,
) -> Response:
    """Add and change what a CSV or XLSX file says; everything, or nothing with an error for each mistake.

    A line about something that is there changes what the file has columns for; an empty cell takes the value away.
    `dry_run` says which lines change what. At most 1 MiB; `lapor registry import` takes larger files. Operators; an
    instansi what is its own, and no categories.
    """
    report = await service.run(session, kind, await request.body(), client, dry_run=params.dry_run)
    if params.dry_run:
        return Response(report.model_dump_json(), media_type="application/json")  # not the answer to the real one
    return await once.answer(report)


@router.get(
    "/exports/{kind}",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **web.errors_of()},
)
@raises(403, "not_any_more")
async def export_registry(
    kind: Annotated[ImportKind, Path()],
    params: Annotated[ExportParams, Query()],
    client: ManagingClient,
    session: Session,
) -> Response:
    """What there is, as a CSV file that the import takes again and that spreadsheets open.

    Operators; an instansi what is its own.
    """
    content = await exports.exported_csv(session, kind, params.language, client)
    headers = {"Content-Disposition": f'attachment; filename="{kind.value}.csv"'}
    return Response(content, media_type="text/csv", headers=headers)
