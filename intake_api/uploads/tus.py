"""tus 1.0 by `resumable-upload`: it decides what a request means and what is answered. We keep what it stores, stream,
and say its refusals as problems.

The library takes the body of a request as a whole. It gets it here in portions, each as a request of its own that goes
on where the one before ended, so that memory does not grow with the file.
"""

import base64
import binascii
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, cast
from uuid import UUID

from resumable_upload.server import TusServer

from intake_api.uploads.arriving import PART_BYTES, Arriving, wrong_offset
from intake_api.uploads.owners import unknown_upload
from shared.errors import Conflict, DomainError

logging.getLogger("resumable_upload").setLevel(logging.CRITICAL)  # it writes down the names of files

VERSION = "1.0.0"
CHECKSUMS = ("sha1", "sha256")
#: Not `creation-defer-length`: whether a file is too large, or who may send it, is said before it is sent.
EXTENSIONS = ("creation", "creation-with-upload", "termination", "checksum", "expiration")
BODY = "application/offset+octet-stream"

Headers = Mapping[str, str]


class Answered(NamedTuple):
    status: int
    headers: Mapping[str, str]


class TusError(DomainError):
    """What the protocol does not allow. The message of the library is in no answer."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Tus-Resumable": VERSION, "Tus-Version": VERSION}


class OtherVersion(TusError):
    status = HTTPStatus.PRECONDITION_FAILED
    code = "tus_version"

    def __init__(self) -> None:
        super().__init__("Send Tus-Resumable: 1.0.0; no other version is spoken here.")


class TooLarge(TusError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "file_too_large"


class NotBytes(TusError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "bad_upload_type"


class OtherContent(TusError):
    status = cast(HTTPStatus, 460)  # of tus; HTTP has no name for it
    code = "checksum_mismatch"


class Creating(Protocol):
    """Where the library stores a new upload."""

    async def create(self, id: UUID, length: int, metadata: str) -> None: ...


def _server(storage: object, base: str, most: int) -> TusServer:
    server = TusServer(
        storage, base_path=base, max_size=most, checksum_algorithms=CHECKSUMS, disable_concatenation=True
    )
    server.SUPPORTED_EXTENSIONS = EXTENSIONS
    return server


class _New:
    """What the library asks of a store when an upload is created."""

    def __init__(self, creating: Creating, metadata: str) -> None:
        self._creating = creating
        self._metadata = metadata
        self.id: UUID | None = None

    async def create_upload_async(self, upload_id: str, length: int, _metadata: object, _expires_at: object) -> None:
        self.id = UUID(upload_id)
        await self._creating.create(self.id, length, self._metadata)


class _Known:
    """What it asks of one that there is."""

    def __init__(self, arriving: Arriving) -> None:
        self.arriving = arriving

    async def get_upload_async(self, _upload_id: str) -> dict[str, Any]:
        row = self.arriving.row
        return {
            "upload_length": row.length, "offset": self.arriving.received, "completed": row.file_digest is not None,
        }  # fmt: skip

    async def write_chunk_async(self, _upload_id: str, _offset: int, content: bytes) -> None:
        if content:
            await self.arriving.store(content)
        else:
            await self.arriving.claim()

    async def update_offset_atomic_async(self, _upload_id: str, _expected: int, _new: int) -> bool:
        return True  # it was counted when it was stored, or is held

    async def complete_upload_async(self, _upload_id: str) -> bool:
        return False  # it is put together when all is told


def options(most: int) -> Answered:
    headers = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        "Tus-Max-Size": str(most),
    }
    return Answered(204, headers)


async def create(creating: Creating, headers: Headers, *, base: str, most: int) -> tuple[UUID, Answered]:
    """Without a body, which is taken as a PATCH. Raises TusError, and what `creating` raises."""
    if "upload-defer-length" in headers:
        raise TusError("Say how long the file is: Upload-Length.", code="length_missing")
    if headers.get("upload-length", "").strip().lstrip("0") == "":
        raise TusError("Say how long the file is: Upload-Length, of at least one byte.", code="length_missing")
    storage = _New(creating, headers.get("upload-metadata", ""))
    answered = await _asked(_server(storage, base, most), "POST", base, headers)
    assert storage.id is not None
    return storage.id, answered


async def head(arriving: Arriving, headers: Headers, *, metadata: str, base: str) -> Answered:
    """`metadata`: as it was sent. Raises TusError."""
    server, path = _server(_Known(arriving), base, 0), f"{base}/{arriving.row.id}"
    status, told = await _asked(server, "HEAD", path, headers)
    return Answered(status, {**told, **({"Upload-Metadata": metadata} if metadata else {})})


def check_version(headers: Headers) -> None:
    """Raises TusError."""
    if headers.get("tus-resumable") != VERSION:
        raise OtherVersion


async def append(arriving: Arriving, headers: Headers, body: AsyncIterator[bytes], *, base: str, most: int) -> Answered:
    """Add what comes, as far as it comes. Raises TusError, Conflict and what storing raises; what was received counts,
    unless a checksum was sent for the whole of it.
    """
    plain = {name: value for name, value in headers.items() if name != "upload-checksum"}
    server, path = _server(_Known(arriving), base, most), f"{base}/{arriving.row.id}"
    if arriving.row.file_digest is not None:
        raise Conflict("This upload is whole already; nothing can be added to it.", code="upload_is_whole")
    told = headers.get("upload-checksum")
    checksum = None if told is None else _Checksum(told)
    arriving.holding = checksum is not None
    answered = await _asked(server, "PATCH", path, plain)  # nothing is sent yet: whether it may go on, and from here
    async for portion in _portions(body, arriving, checksum):
        plain["upload-offset"] = str(arriving.received)
        answered = await _asked(server, "PATCH", path, plain, portion)
    if checksum is not None:
        await _settle(arriving, checksum)
    return answered


async def _portions(
    body: AsyncIterator[bytes], arriving: Arriving, checksum: "_Checksum | None"
) -> AsyncIterator[bytes]:
    """Of one size; what was there when the connection broke is the last one."""
    waiting = bytearray()
    try:
        async for piece in body:
            waiting += piece
            if checksum is not None:
                checksum.add(piece)
            if arriving.received + len(waiting) > (arriving.row.length or 0):
                detail = "More comes than Upload-Length says; begin anew with the right length."
                raise TooLarge(detail, code="longer_than_told")
            while len(waiting) >= PART_BYTES:
                yield bytes(waiting[:PART_BYTES])
                del waiting[:PART_BYTES]
    except Broken:
        if checksum is not None:
            await arriving.forget()
            raise
        if waiting:
            yield bytes(waiting)
        raise
    if waiting:
        yield bytes(waiting)


class Broken(Exception):
    """The connection has gone, or nothing comes any more."""


class _Checksum:
    def __init__(self, told: str) -> None:
        """Raises TusError."""
        name, _, value = told.partition(" ")
        try:
            self._told = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            self._told = b""
        if name not in CHECKSUMS or not self._told:
            raise TusError("Upload-Checksum is sha1 or sha256, a space and the digest in base64.", code="bad_checksum")
        self._digest = hashlib.new(name, usedforsecurity=False)

    def add(self, piece: bytes) -> None:
        self._digest.update(piece)

    @property
    def fits(self) -> bool:
        return self._digest.digest() == self._told


async def _settle(arriving: Arriving, checksum: _Checksum) -> None:
    if checksum.fits:
        await arriving.count()
        return
    await arriving.forget()
    raise OtherContent("What arrived is not what was sent; send the same part again.")


async def _asked(server: TusServer, method: str, path: str, headers: Headers, body: bytes = b"") -> Answered:
    """Raises TusError."""
    status, told, said = await server.handle_request_async(method, path, dict(headers), body)
    if status >= HTTPStatus.BAD_REQUEST:
        raise _problem(status, said.decode() if isinstance(said, bytes) else "")
    return Answered(status, told)


def _problem(status: int, said: str) -> DomainError:
    if status == HTTPStatus.NOT_FOUND or status == HTTPStatus.GONE:
        return unknown_upload()
    if status == HTTPStatus.CONFLICT:
        return wrong_offset()
    if status == HTTPStatus.PRECONDITION_FAILED:
        return OtherVersion()
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge("The file is larger than Tus-Max-Size; send a smaller one.")
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        return NotBytes(f"Send the bytes as {BODY}.")
    if "metadata" in said.lower():
        return TusError(
            "Upload-Metadata is pairs of a key and a value in base64, in UTF-8.", code="bad_upload_metadata"
        )
    return TusError("Upload-Length or Upload-Offset is missing, or is no number.", code="bad_upload_header")
