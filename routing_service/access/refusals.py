"""Errors as RFC 6749 (5.2) has them, with our code beside."""

import json
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from shared.domain.wording import Language
from shared.errors import DomainError
from shared.http import problems, translating

#: Nobody keeps tokens, nor what was said instead of one.
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_OF_OTHERS = {
    HTTPStatus.TOO_MANY_REQUESTS: "temporarily_unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE: "temporarily_unavailable",
    HTTPStatus.UNAUTHORIZED: "invalid_token",
    HTTPStatus.FORBIDDEN: "insufficient_scope",
}


class OAuthRefusal(DomainError):
    """`code` is one of the standard's."""

    def __init__(self, detail: str, *, code: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(detail, code=code)
        self.status = status

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Basic realm="lapor"'} if self.status == HTTPStatus.UNAUTHORIZED else {}


def unknown_client() -> OAuthRefusal:
    return OAuthRefusal(
        "There is no such client, or what it proves itself by is wrong.",
        code="invalid_client",
        status=HTTPStatus.UNAUTHORIZED,
    )


async def answer_of(request: Request, answer: Awaitable[dict[str, Any] | None]) -> Response:
    """What was asked for, or why not. What was written before a refusal stays: an assertion is used, a family ended."""
    try:
        content = await answer
    except DomainError as refusal:
        return _refusal(request, refusal)
    return Response(json.dumps(content or {}), media_type="application/json", headers=NOT_KEPT)


def _refusal(request: Request, refusal: DomainError) -> Response:
    error = refusal.code if isinstance(refusal, OAuthRefusal) else _OF_OTHERS.get(refusal.status, "invalid_request")
    language = problems.language_of(request.headers.get("accept-language"))
    said = translating.indonesian(refusal.detail) if language is Language.ID else refusal.detail
    content = {"error": error, "error_description": said, "code": refusal.code}
    return Response(
        json.dumps(content), status_code=refusal.status, media_type="application/json",
        headers=NOT_KEPT | refusal.headers | {"Content-Language": language.value},
    )  # fmt: skip
