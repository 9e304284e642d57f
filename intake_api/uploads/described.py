"""What the documents say of uploads: the headers of tus, a form, and what a file can be refused with."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Response

from intake_api.uploads import tus
from intake_api.uploads.schemas import UploadReceipt
from shared.http import web
from shared.http.raising import Called, raises

_TUS: dict[str, Any] = {
    "Tus-Resumable": {"schema": {"type": "string"}, "description": "The version of tus: 1.0.0."},
    "Upload-Offset": {"schema": {"type": "integer"}, "description": "How many bytes have been stored."},
    "Upload-Length": {"schema": {"type": "integer"}, "description": "How many bytes the file has."},
    "Upload-Expires": {"schema": {"type": "string"}, "description": "Until when the rest may come."},
}
_BYTES = {tus.BODY: {"schema": {"type": "string", "format": "binary"}}}
_FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object", "required": ["file"], "title": "EvidenceForm", "description": "A form with one file.",
            "properties": {
                "file": {"type": "string", "format": "binary", "description": "A photo, a PDF or a video."},
            },
        }
    }
}  # fmt: skip


def _header(name: str, description: str, *, required: bool = False, pattern: str | None = None) -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "required": required, "schema": schema, "description": description}


_LENGTH = _header("Upload-Length", "With tus: how many bytes the file has.", pattern=r"^\d+$")
_METADATA = _header("Upload-Metadata", "With tus: what the client wants to find again; nobody else reads it.")
_RESUMABLE = _header("Tus-Resumable", "With tus: 1.0.0.", pattern=r"^1\.0\.0$")
_OFFSET = _header("Upload-Offset", "Where the bytes begin: what HEAD answered.", pattern=r"^\d+$")
_CHECKSUM = _header("Upload-Checksum", "`sha1` or `sha256`, and that digest of this body in base64.")
CREATION: dict[str, Any] = {
    "status_code": HTTPStatus.CREATED,
    "response_class": Response,
    "responses": web.errors_of(reads=True, extra=(400, 409, 412, 413, 415))
    | {
        201: {
            "description": "The upload: of a form whole, with tus to be filled at its `Location`.",
            "model": UploadReceipt,
            "headers": {"Location": {"schema": {"type": "string"}, "description": "Of the upload."}, **_TUS},
        }
    },
    "openapi_extra": {
        "security": [{}],
        "parameters": [_RESUMABLE, _LENGTH, _METADATA],
        "requestBody": {"description": "The file in a form; with tus nothing, or its first bytes.",
                        "content": _BYTES | _FORM},
    },
}  # fmt: skip


_STORE = ("evidence_key_missing", "evidence_lost", "evidence_store_away", "evidence_store_full", "evidence_unreadable")


def refused_with(*statuses: int) -> Callable[[Called], Called]:
    """What sending and adding a file can be refused with, of these statuses."""
    codes: Mapping[int, Sequence[str]] = {
        400: ("bad_checksum", "bad_upload_header", "bad_upload_metadata", "length_missing"),
        404: ("unknown_upload",),
        408: ("body_too_slow",),
        409: (
            "report_is_over",
            "too_many_pieces",
            "too_much_evidence",
            "upload_is_not_whole",
            "upload_is_used",
            "wrong_offset",
        ),
        412: ("tus_version",),
        413: ("file_too_large", "longer_than_told"),
        415: ("bad_upload_type",),
        422: ("no_file", "unsupported_file"),
        429: ("limit_reached",),
        460: ("checksum_mismatch",),
        503: _STORE,
    }

    def declared(called: Called) -> Called:
        for status in statuses:
            called = raises(status, *codes[status])(called)
        return called

    return declared


CREATED = refused_with(400, 408, 409, 412, 413, 415, 422, 429, 460, 503)


APPENDING: dict[str, Any] = {
    "status_code": HTTPStatus.NO_CONTENT,
    "response_class": Response,
    "responses": web.errors_of(reads=True, extra=(400, 408, 409, 412, 413, 415))
    | {204: {"description": "It was stored.", "headers": _TUS}},
    "openapi_extra": {
        "security": [{}],
        "parameters": [_RESUMABLE, _OFFSET, _CHECKSUM],
        "requestBody": {"description": "The bytes from the offset on.", "content": _BYTES},
    },
}


ANSWERED: dict[str, Any] = {
    "response_class": Response,
    "openapi_extra": {"security": [{}], "parameters": [_RESUMABLE]},
}
