from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from intake_api.evidence import kinds, ranges, service
from intake_api.evidence.addresses import Address, Addresses, Audience
from intake_api.evidence.files import Files
from shared.database import Session
from shared.domain.evidence import Variant
from shared.http import hardening, web
from shared.http.conditional import NOT_MODIFIED, IfNoneMatch, is_known
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Schema

router = APIRouter(prefix="/v1", tags=["evidence"])

#: A browser that opens the file itself runs nothing of it and loads nothing else.
_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
#: The first is no file's, but what generators of clients that know no photos take for bytes.
_KINDS = ("application/octet-stream", *kinds.ENDINGS)
_CONTENT = {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS}}


class Signed(Schema):
    """What an address is signed with."""

    audience: Audience = Field(description="For whom the address was made.")
    expires: int = Field(ge=0, le=2**40, description="Until when it is good, in seconds since 1970.")
    signature: str = Field(min_length=1, max_length=64, description="What makes it good.")


@router.get(
    "/evidence/{evidence_id}/{variant}",
    response_class=Response,
    responses=web.errors_of(reads=True, extra=(403, 416))
    | NOT_MODIFIED
    | {200: {"description": "The file.", **_CONTENT}, 206: {"description": "The part that was asked for.", **_CONTENT}},
    openapi_extra={"security": [{}]},
)
@raises(403, "address_is_over")
@raises(404, "unknown_evidence")
@raises(416, "no_such_range")
@raises(
    503, "evidence_key_missing", "evidence_lost", "evidence_store_away", "evidence_store_full", "evidence_unreadable"
)
async def fetch_evidence(
    evidence_id: UUID,
    variant: Variant,
    request: Request,
    session: Session,
    now: Now,
    signed: Annotated[Signed, Query()],
    if_none_match: IfNoneMatch = None,
    range_: Annotated[
        str | None, Header(alias="Range", max_length=100, description="One range of bytes, as `bytes=0-65535`.")
    ] = None,
    if_range: Annotated[
        str | None, Header(alias="If-Range", max_length=100, description="The ETag that the range is of.")
    ] = None,
) -> Response:
    """A file, at an address that the list of evidence gives out. Who has the address needs nothing else; it is over
    after some minutes, and as soon as the right that it was made by has ended.
    """
    addresses: Addresses = request.app.state.addresses
    files: Files = request.app.state.files
    address = Address(evidence_id, variant, signed.audience, signed.expires)
    found = await service.fetch(session, address, signed.signature, addresses, now=now)
    tag = f'"{found.file.digest.hex()[:32]}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": _POLICY,
        "Content-Disposition": service.disposition(found, variant),
    }
    if signed.audience is Audience.WORK:  # for the pages of officers
        headers |= hardening.shown_within_site(production=request.app.state.settings.environment == "production")
    if if_none_match is not None and is_known(if_none_match, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    wanted = ranges.wanted(range_ if if_range in (None, tag) else None, found.file.size)
    headers |= wanted.headers
    content = files.read(found.file, wanted.start, wanted.end)
    first = await anext(content)  # while it can still be said that the store is away
    return StreamingResponse(_from(first, content), wanted.status, headers, media_type=found.media_type)


async def _from(first: bytes, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in content:
        yield piece
