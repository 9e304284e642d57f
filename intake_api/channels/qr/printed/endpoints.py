"""Printed codes, and what one says to an app that has scanned it."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from intake_api.channels.qr import queries
from intake_api.channels.qr import service as pages
from intake_api.channels.qr.printed import pictures, service
from intake_api.channels.qr.printed.pictures import MEDIA_TYPES, PictureFormat
from intake_api.channels.qr.printed.schemas import (
    QrCodeCreate,
    QrCodeParams,
    QrCodeScan,
    QrCodeView,
    QrImportParams,
    QrImportReport,
)
from shared.database import Session
from shared.http import web
from shared.http.auth import ManagingClient
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Bilingual, Page
from shared.settings import IntakeSettings

router = APIRouter(prefix="/v1/qr-codes", tags=["qr codes"])

PrintedCode = Annotated[
    str, Path(alias="code", min_length=1, max_length=64, description="The code as it is printed; hyphens may be left.")
]
_LIST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "examples": {
                    "assets": {
                        "value": "nama;instansi;nomor;lokasi;wilayah;kategori\n"
                        "Lampu jalan 0124;SAMARINDA-DPUPR;PJU-0124;Jl. Pahlawan;64.72.03;street_light_out"
                    }
                },
            },
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
        },
    }
}


def _url(request: Request) -> str:
    settings: IntakeSettings = request.app.state.settings
    return settings.own_url


@router.get("", responses=web.errors_of())
@raises(403, "not_any_more", "outside_of_instansi")
@raises(422, "unknown_agency")
async def list_qr_codes(
    params: Annotated[QrCodeParams, Query()], request: Request, client: ManagingClient, session: Session
) -> Page[QrCodeView]:
    """The printed codes, the newest first, those that were revoked too. Operators all; an instansi its own."""
    return await service.list_codes(session, params, client, _url(request))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=QrCodeView,
    responses=web.errors_of(extra=(409, 413)),
    dependencies=[makes("/v1/qr-codes/{code}")],
)
@raises(403, "not_any_more", "outside_of_instansi")
@raises(409, "qr_reference_in_use")
@raises(422, "unknown_agency", "unknown_category", "unknown_region")
async def create_qr_code(
    body: QrCodeCreate, request: Request, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Make a code that fills in place, agency and category for whoever scans it. Operators; an instansi for itself and
    the agencies below it."""
    made = await service.create_code(session, body, client, request.app.state.keys, _url(request), now=now)
    return await once.answer(made, status=HTTPStatus.CREATED)


@router.post("/imports", response_model=QrImportReport, responses=web.errors_of(extra=(409, 413)), openapi_extra=_LIST)
@raises(403, "not_any_more", "outside_of_instansi")
@raises(409, "codes_made_meanwhile")
@raises(422, "import_refused")
async def import_qr_codes(
    params: Annotated[QrImportParams, Query()], request: Request, client: ManagingClient, session: Session,
    once: Idempotent, now: Now,
) -> Response:  # fmt: skip
    """Make codes for a list of what they hang on, from a CSV or XLSX file: all of them, or none with an error for each
    mistake.

    A line whose agency and reference have a code in use makes none, so that a file may be sent again. `dry_run` says
    what the file would do. At most 2,000 lines and 1 MiB. Operators; an instansi for itself and the agencies below it.
    """
    report = await service.import_codes(
        session, await request.body(), client, request.app.state.keys, _url(request), dry_run=params.dry_run, now=now
    )
    if params.dry_run:
        return Response(report.model_dump_json(), media_type="application/json")  # not the answer to the real one
    return await once.answer(report)


_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The sheet.",
    }
}


@router.get("/sheet", response_class=Response, responses=web.errors_of() | _PDF)
@raises(403, "not_any_more", "outside_of_instansi")
@raises(422, "unknown_agency")
async def print_qr_codes(
    params: Annotated[QrCodeParams, Query()], request: Request, client: ManagingClient, session: Session
) -> Response:
    """Codes in use as a sheet to print and cut, in Indonesian: A4, eight on a page. It has those that the list shows
    with the same parameters. Operators all; an instansi its own."""
    own_url = _url(request)
    cards = await service.cards(session, params, client, own_url)
    content = await asyncio.to_thread(pictures.sheet, own_url, cards)
    headers = {"Content-Disposition": 'attachment; filename="kode-qr.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/{code}", responses=web.errors_of(reads=True, extra=(410,)))
@raises(404, "unknown_qr_code")
@raises(410, "qr_code_revoked")
async def scan_qr_code(code: PrintedCode, request: Request, session: Session, now: Now) -> QrCodeScan:
    """What a code fills in, for an app that has scanned it: with these the app submits as with any other. Everybody."""
    signed = pages.signed(request.app.state.keys, code)
    found = pages.usable(await queries.scanned(session, signed, now))
    label = found.category_label and Bilingual.of(found.category_label)
    return QrCodeScan(
        code=found.code, label=found.label, place=found.place, latitude=found.latitude, longitude=found.longitude,
        region=found.region, agency=found.agency, agency_name=found.agency_name, category=found.category,
        category_label=label,
    )  # fmt: skip


_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
        "description": "The picture.",
    }
}


@router.get("/{code}/picture", response_class=Response, responses=web.errors_of(reads=True) | _PICTURE)
@raises(403, "not_any_more", "outside_of_instansi")
@raises(404, "unknown_qr_code")
async def get_qr_picture(
    code: PrintedCode,
    request: Request,
    client: ManagingClient,
    session: Session,
    format: Annotated[
        PictureFormat, Query(description="`png`, or `svg`, which any size prints well.")
    ] = PictureFormat.PNG,
) -> Response:
    """A code as a picture. Operators all; an instansi its own."""
    signed = pages.signed(request.app.state.keys, code)
    found = await service.managed_code(session, signed, client, _url(request))
    headers = {"Content-Disposition": f'inline; filename="{found.code}.{format.value}"'}
    return Response(pictures.picture(found.address, format), media_type=MEDIA_TYPES[format], headers=headers)


@router.post("/{code}/revocation", response_model=QrCodeView, responses=web.errors_of(reads=True, extra=(409,)))
@raises(403, "not_any_more", "outside_of_instansi")
@raises(404, "unknown_qr_code")
async def revoke_qr_code(
    code: PrintedCode, request: Request, client: ManagingClient, session: Session, once: Idempotent, now: Now
) -> Response:
    """Take a code out of use, for good: it leads to the form without a code from now on. Operators all; an instansi its
    own."""
    signed = pages.signed(request.app.state.keys, code)
    return await once.answer(await service.revoke_code(session, signed, client, _url(request), now=now))
