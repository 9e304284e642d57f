import asyncio
from contextlib import nullcontext
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from shared.database import Session
from shared.http import web
from shared.http.auth import ReachingClient
from shared.http.raising import raises
from shared.http.web import Now
from sla_monitor.exports import service, writing
from sla_monitor.exports.printing import Printing
from sla_monitor.exports.schemas import ExportParams
from sla_monitor.exports.service import ExportName
from sla_monitor.exports.writing import MEDIA_TYPES, ExportFormat
from sla_monitor.indicators.catalogue import Dimension
from sla_monitor.indicators.endpoints import Indicators
from sla_monitor.statistics.schemas import FigureParams

router = APIRouter(prefix="/v1/statistics/exports", tags=["statistics"])

_CONTENT = {media_type.partition(";")[0]: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()}


@router.get(
    "/{export}",
    response_class=Response,
    responses=web.errors_of() | {200: {"content": _CONTENT, "description": "The document."}},
)
@raises(403, "agency_out_of_reach")
@raises(
    422,
    "agency_required",
    "as_of_in_future",
    "line_without_by",
    "no_as_of",
    "no_cases",
    "no_period",
    "no_stage",
    "not_an_instansi",
    "period",
    "reprimand_days",
    "unknown_agency",
    "unknown_dimension",
    "unknown_indicator",
    "unknown_key",
    "unknown_stage",
)
@raises(503, "printing_busy")
async def get_export(
    export: Annotated[
        ExportName,
        Path(description="`evaluation` by agency, the `reprimand` of a quarter, or the cases `near_60_days`."),
    ],
    params: Annotated[ExportParams, Query()],
    client: ReachingClient,
    session: Session,
    indicators: Indicators,
    request: Request,
    now: Now,
) -> Response:
    """Figures to hand on, in Indonesian, as a sheet, a file for programs or a page to print: the monthly evaluation of
    agencies, the table of the quarter's reprimand, a regent's page of cases near 60 days."""
    by = Dimension(params.by)
    asked = FigureParams(indicator="received", by=by, **params.model_dump(exclude={"format", "by"}))
    printing: Printing = request.app.state.printing
    with printing.place() if params.format is ExportFormat.PDF else nullcontext():
        document = await service.make_document(session, indicators, export, asked, client, now=now)
        content = await asyncio.to_thread(writing.as_file, document, params.format)
    headers = {
        "Content-Disposition": f'attachment; filename="{document.name}.{params.format.value}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=MEDIA_TYPES[params.format], headers=headers)
