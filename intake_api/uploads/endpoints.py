"""Uploads: tus 1.0, and a form; for whoever hands in a report, has its access code, or works on it."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from intake_api.evidence.addresses import Addresses, Audience
from intake_api.evidence.items import EvidenceList, Viewing, list_of
from intake_api.reporters.parameters import AsReporter
from intake_api.submissions.schemas import ReporterReference
from intake_api.uploads import form, proving, reading, tus
from intake_api.uploads.arriving import Arriving
from intake_api.uploads.bodies import pieces_of
from intake_api.uploads.described import ANSWERED, APPENDING, CREATED, CREATION, refused_with
from intake_api.uploads.ending import add_at_once, gone
from intake_api.uploads.owners import Uploader
from intake_api.uploads.proving import Adding
from intake_api.uploads.schemas import EvidenceAddition, UploadReceipt, UploadView
from intake_api.uploads.service import For, Uploads
from intake_api.uploads.tus import Answered, Broken
from shared.database import Session
from shared.errors import DomainError
from shared.http import web
from shared.http.auth import OptionalClient
from shared.http.door.visitors import address_of
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import TrackingNumber
from shared.schema import Upload
from shared.settings import IntakeSettings

router = APIRouter(prefix="/v1", tags=["evidence"])
BASE = "/v1/uploads"


def _uploader(
    request: Request,
    client: OptionalClient,
    reference: Annotated[
        ReporterReference | None,
        Header(alias="X-Reporter-Reference", description="The account, with the token of its app."),
    ] = None,
) -> Uploader:
    return Uploader(client, reference, address_of(request.scope), request.app.state.keys)


Sender = Annotated[Uploader, Depends(_uploader)]


@router.post("/uploads", **CREATION)
@router.post("/uploads/", include_in_schema=False)
@CREATED
@raises(404, "unknown_upload")
async def create_upload(request: Request, uploader: Sender, now: Now) -> Response:
    """Begin to send a file, in parts that survive a bad network (tus 1.0), or send it whole in a form.

    It belongs to whoever created it: the token and, with it, the account; without a token whoever knows its address.
    Name it with the report later; for a report that there is, send it to `/v1/reports/{tracking_number}/uploads`.
    """
    return await _created(request, uploader, For(), None, now)


@router.post("/reports/{tracking_number}/uploads", **CREATION)
@CREATED
@raises(404, "unknown_upload")
async def create_upload_for_report(
    tracking_number: TrackingNumber, request: Request, reporter: AsReporter, uploader: Sender, now: Now
) -> Response:
    """The same for a report that there is: once the file is whole, it is evidence of it by itself.

    By the access code, the account, the client that submitted it, or whoever works on the report.
    """
    uploads: Uploads = request.app.state.uploads
    async with uploads.steps(uploader.caller)() as session:
        report, adding = await proving.may_add(session, tracking_number, reporter)
    return await _created(request, uploader, proving.wanted(report, adding), adding, now)


async def _created(request: Request, uploader: Uploader, wanted: For, adding: Adding | None, now: datetime) -> Response:
    uploads: Uploads = request.app.state.uploads
    boundary = form.boundary_of(request.headers.get("content-type"))
    if boundary is not None:
        return await _sent_whole(request, boundary, uploader, wanted, now)
    headers = _lower(request)
    id, answered = await uploads.create(uploader, headers, wanted, base=_base(request), now=now)
    it = await uploads.open(uploader, id, now=now)
    if headers.get("content-type") == tus.BODY:
        first = await _appended(request, it, {**headers, "upload-offset": "0"}, now)
        if first is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        answered = Answered(answered.status, {**first.headers, **answered.headers, "Upload-Offset": str(it.received)})
    location = _origin(request) + answered.headers["Location"]
    told = {name: value for name, value in answered.headers.items() if name.lower() != "content-length"}
    return _receipt(it.row, {**told, "Location": location})


async def _sent_whole(request: Request, boundary: bytes, uploader: Uploader, wanted: For, now: datetime) -> Response:
    uploads: Uploads = request.app.state.uploads
    try:
        content = form.FormFile(boundary).content(pieces_of(request))
        row = await uploads.take_in(uploader, content, wanted, now=now)
    except Broken:
        return gone(request)
    await add_at_once(request, row, wanted, now)
    return _receipt(row, {"Location": f"{_base(request)}/{row.id}"})


def _receipt(row: Upload, headers: Mapping[str, str]) -> Response:
    receipt = UploadReceipt(
        id=row.id, media_type=row.media_type, size=row.length or row.received,
        sha256=None if row.file_digest is None else row.file_digest.hex(), expires_at=row.expires_at,
    )  # fmt: skip
    return Response(receipt.model_dump_json(), HTTPStatus.CREATED, headers, "application/json")


@router.get(
    "/uploads/{upload_id}",
    response_model=UploadView,
    responses=web.errors_of(reads=True),
    openapi_extra={"security": [{}]},
)
@raises(404, "unknown_upload")
async def get_upload(upload_id: UUID, request: Request, uploader: Sender, now: Now) -> UploadView:
    """How far an upload is, and what became of it. A client of tus asks by HEAD."""
    uploads: Uploads = request.app.state.uploads
    row = (await uploads.open(uploader, upload_id, now=now)).row
    return UploadView(
        id=row.id, length=row.length or row.received, received=row.received, media_type=row.media_type,
        sha256=None if row.file_digest is None else row.file_digest.hex(),
        evidence=row.evidence_id, expires_at=row.expires_at,
    )  # fmt: skip


@router.head("/uploads/{upload_id}", include_in_schema=False)
@refused_with(404, 409, 412, 422, 503)
async def find_offset(upload_id: UUID, request: Request, uploader: Sender, now: Now) -> Response:
    """How many bytes of an upload have been stored: go on from there."""
    uploads: Uploads = request.app.state.uploads
    it = await uploads.open(uploader, upload_id, now=now)
    answered = await uploads.head(it, _lower(request), base=_base(request), now=now)
    await add_at_once(request, it.row, uploads.wanted_of(it), now)
    return Response(status_code=answered.status, headers={"Cache-Control": "no-store", **answered.headers})


@router.patch("/uploads/{upload_id}", **APPENDING)
@router.post("/uploads/{upload_id}", include_in_schema=False)
@refused_with(400, 404, 408, 409, 412, 413, 415, 422, 460, 503)
@raises(409, "upload_is_whole")
async def append_to_upload(upload_id: UUID, request: Request, uploader: Sender, now: Now) -> Response:
    """Send the bytes from an offset on. Whatever has come counts when the connection breaks.

    Where a proxy lets no PATCH through, send a POST with `X-HTTP-Method-Override: PATCH`.
    """
    uploads: Uploads = request.app.state.uploads
    headers = _lower(request)
    if request.method == "POST" and headers.get("x-http-method-override", "").upper() != "PATCH":
        raise tus.TusError("Send PATCH, or POST with X-HTTP-Method-Override: PATCH.", code="bad_upload_header")
    tus.check_version(headers)
    answered = await _appended(request, await uploads.open(uploader, upload_id, now=now), headers, now)
    if answered is None:
        return gone(request)
    return Response(status_code=answered.status, headers=dict(answered.headers))


async def _appended(request: Request, it: Arriving, headers: Mapping[str, str], now: datetime) -> Answered | None:
    """None: the client has gone. What came is stored."""
    uploads: Uploads = request.app.state.uploads
    try:
        answered = await uploads.append(it, headers, pieces_of(request, goes_on=True), base=_base(request), now=now)
    except Broken as broken:
        if isinstance(broken, DomainError):
            raise
        return None
    await add_at_once(request, it.row, uploads.wanted_of(it), now)
    return answered


@router.delete(
    "/uploads/{upload_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=web.errors_of(reads=True, extra=(412,)),
    **ANSWERED,
)
@refused_with(404, 412, 503)
async def remove_upload(upload_id: UUID, request: Request, uploader: Sender, now: Now) -> Response:
    """Give an upload up: nothing of it is kept. What it has become evidence of stays."""
    uploads: Uploads = request.app.state.uploads
    tus.check_version(_lower(request))
    await uploads.remove(await uploads.open(uploader, upload_id, now=now))
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Tus-Resumable": tus.VERSION})


@router.options("/uploads", include_in_schema=False)
@router.options("/uploads/", include_in_schema=False)
@router.options("/uploads/{upload_id}", include_in_schema=False)
@router.options("/reports/{tracking_number}/uploads", include_in_schema=False)
async def tell_of_tus(request: Request) -> Response:
    """What is spoken here of tus."""
    uploads: Uploads = request.app.state.uploads
    answered = tus.options(uploads.most)
    return Response(status_code=answered.status, headers=dict(answered.headers))


@router.post(
    "/reports/{tracking_number}/evidence",
    response_model=EvidenceList,
    responses=web.errors_of(reads=True, extra=(409, 413)),
    openapi_extra={"security": [{}, {"bearer": []}]},
)
@refused_with(404, 409, 422, 503)
async def add_evidence(
    tracking_number: TrackingNumber, body: EvidenceAddition, request: Request, reporter: AsReporter, uploader: Sender,
    now: Now,
) -> EvidenceList:  # fmt: skip
    """Add files that have arrived to a report. The same request again adds nothing.

    By the access code, the account, the client that submitted it, or whoever works on the report.
    """
    uploads: Uploads = request.app.state.uploads
    settings: IntakeSettings = request.app.state.settings
    steps = uploads.steps(uploader.caller)
    async with steps() as session:
        report, adding = await proving.may_add(session, tracking_number, reporter)
    for upload_id in dict.fromkeys(body.uploads):
        await uploads.finish(await uploads.open(uploader, upload_id, now=now), now=now)
    audience = Audience.WORK if adding.proof is None else Audience.OWN
    async with steps() as session:
        await proving.add_uploads(
            session, report.id, adding, body.uploads, uploader=uploader, most=settings.evidence_per_report, now=now
        )
        found = await list_of(session, report, _viewing(request, audience, now))
    request.app.state.wake()
    return found


@router.get(
    "/reports/{tracking_number}/evidence",
    response_model=EvidenceList,
    responses=web.errors_of(reads=True),
    openapi_extra={"security": [{}]},
)
@raises(503, "evidence_key_missing")
async def list_evidence(
    tracking_number: TrackingNumber, request: Request, reporter: AsReporter, session: Session, now: Now
) -> EvidenceList:
    """The evidence of a report, with addresses of a few minutes at which the files are fetched.

    Its reporter and those who work on it see all of it, everybody else what a verifier has released of a public report.
    """
    report, audience = await reading.may_see(session, tracking_number, reporter)
    return await list_of(session, report, _viewing(request, audience, now))


def _viewing(request: Request, audience: Audience, now: datetime) -> Viewing:
    addresses: Addresses = request.app.state.addresses
    return Viewing(audience, addresses, request.scope.get("root_path", ""), now)


def _base(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}{BASE}"


def _origin(request: Request) -> str:
    """Of an absolute address: aiotus appends a path to the one that it was given, and takes none with a slash in front.

    Where a proxy does not say that it speaks TLS, the public address does: nobody is led from https to http.
    """
    settings: IntakeSettings = request.app.state.settings
    public, called = urlsplit(settings.own_url), request.url
    return f"{public.scheme if public.netloc == called.netloc else called.scheme}://{called.netloc}"


def _lower(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
