"""Documents of figures, for who is logged in at the pages: the same that the API writes."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from shared.clients import OFFICERS, Role
from shared.database import Session
from shared.http.web import Now
from shared.pages import places
from shared.pages.seat import Seated
from sla_monitor.exports import service, writing
from sla_monitor.exports.schemas import ExportParams
from sla_monitor.exports.service import ExportName
from sla_monitor.exports.writing import MEDIA_TYPES
from sla_monitor.indicators.endpoints import Indicators
from sla_monitor.statistics.schemas import FigureParams

router = APIRouter(prefix=places.ROOT, include_in_schema=False)


class DocumentParams(ExportParams):
    lang: Annotated[str | None, Field(max_length=20)] = None


@router.get("/exports/{export}")
async def get_document(
    export: ExportName, params: Annotated[DocumentParams, Query()], seat: Seated, session: Session,
    indicators: Indicators, now: Now,
) -> Response:  # fmt: skip
    seat.allow(*OFFICERS, Role.SUPERVISOR)
    asked = FigureParams(indicator="received", **params.model_dump(exclude={"format", "lang"}))
    document = await service.make_document(session, indicators, export, asked, seat.client, now=now)
    content = await asyncio.to_thread(writing.as_file, document, params.format)
    headers = {
        "Content-Disposition": f'attachment; filename="{document.name}.{params.format.value}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=MEDIA_TYPES[params.format], headers=headers)
