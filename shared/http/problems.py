"""Every error as an RFC 9457 problem: domain errors, invalid input, a database that is away, bugs."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from shared import pooler
from shared.domain.wording import Language
from shared.errors import DomainError, Unavailable
from shared.http import field_errors, languages, translating
from shared.http.wire import Problem
from shared.keys.ring import KeyTrouble

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100  #: told at once
LONGEST_SENTENCE = 2000
TYPE_PREFIX = "urn:lapor:problem:"

#: SQLSTATE classes of a server that is away, starting, stopping, full or read-only: try again later.
_AWAY = ("08", "53", "57P", "25006", "58")

#: Of tus, which HTTP has no name for.
_PHRASES: Mapping[int, str] = {460: "Checksum Mismatch"}

_CODES = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.BAD_REQUEST: "malformed_body",
}


def body(
    status: int,
    *,
    code: str,
    detail: str,
    instance: str,
    errors: Sequence[Mapping[str, str]] | None = None,
    tracking_number: str | None = None,
    language: Language = Language.EN,
) -> bytes:
    said = translating.indonesian if language is Language.ID else str
    problem: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": said(_PHRASES.get(status) or HTTPStatus(status).phrase),
        "status": status,
        "detail": said(detail),
        "instance": instance,
        "code": code,
    }
    if tracking_number is not None:
        problem["tracking_number"] = tracking_number
    if errors is not None:
        problem["errors"] = [_told(error, language) for error in errors]
        for error, told in zip(errors, problem["errors"], strict=True):  # a detail may quote them
            problem["detail"] = problem["detail"].replace(error["message"], told["message"])
    return json.dumps(problem).encode()


def _told(error: Mapping[str, str], language: Language) -> dict[str, str]:
    """`message_id`, which is not sent, is its Indonesian sentence if the code that found it has one."""
    shown = {name: value for name, value in error.items() if name != "message_id"}
    if language is Language.ID:
        shown["message"] = error.get("message_id") or translating.indonesian(error["message"])
    return shown


def language_of(accept_language: str | None) -> Language:
    """Of the sentences: English for programs, which ask for none, and what people ask for."""
    return Language.EN if accept_language is None else languages.preferred(accept_language)


def response(
    request: Request,
    status: int,
    *,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    tracking_number: str | None = None,
) -> Response:
    language = language_of(request.headers.get("accept-language"))
    content = body(
        status, code=code, detail=detail, instance=request.url.path, errors=errors, tracking_number=tracking_number,
        language=language,
    )  # fmt: skip
    told = {"Content-Language": language.value, **(headers or {})}
    return Response(content, status_code=status, media_type=MEDIA_TYPE, headers=told)


async def _domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    return response(
        request,
        error.status,
        code=error.code,
        detail=error.detail,
        errors=None if error.errors is None else [{"code": error.code, **one} for one in error.errors],
        headers=error.headers,
        tracking_number=error.tracking_number,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(HTTPStatus(error.status_code), "http_error")
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {**(headers or {}), "Allow": _allowed(request)}
    return response(request, error.status_code, code=code, detail=str(error.detail), headers=headers)


def _allowed(request: Request) -> str:
    """Of all operations of the path; the router names those of the first that it finds."""
    scope = request.scope
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        if isinstance(context.original_route, APIRoute) and context.path_regex.match(path):
            found |= set(context.methods or ())
    return ", ".join(sorted(found))


async def _invalid_input(request: Request, error: Exception) -> Response:
    """Names every wrong field; never repeats what was sent."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        detail = "The body is not JSON; check quotes, commas and brackets."
        return response(request, HTTPStatus.BAD_REQUEST, code="malformed_json", detail=detail)
    errors = [_field_error(request, one) for one in found[:MOST_ERRORS]]
    detail = wrong_fields(len(found))
    return response(request, HTTPStatus.UNPROCESSABLE_ENTITY, code="invalid", detail=detail, errors=errors)


def wrong_fields(count: int) -> str:
    told = "" if count <= MOST_ERRORS else f", the first {MOST_ERRORS}"
    fields = "1 field is not as it should be" if count == 1 else f"{count} fields are not as they should be"
    return f"{fields}; see `errors`{told}."


def _field_error(request: Request, error: Mapping[str, Any]) -> dict[str, str]:
    told = field_errors.told(error, _annotation(request, str(error["loc"][0]) if error["loc"] else ""))
    return {"pointer": pointer(error["loc"]), "code": told["code"], "message": _safe(told["message"])}


def _annotation(request: Request, where: str) -> Any:
    """The model of the body, or of the parameters of a list."""
    route = request.scope.get("route")
    if where == "body":
        fields = [getattr(route, "body_field", None)]
    else:
        fields = list(getattr(getattr(route, "dependant", None), f"{where}_params", ()))
    return fields[0].field_info.annotation if len(fields) == 1 and fields[0] is not None else None


def pointer(location: Sequence[Any]) -> str:
    """A JSON pointer into the body, or where else the value stood: query/limit, path/stage, header/If-Match."""
    where, *path = location or ("body",)
    parts = [_safe(str(part)).replace("~", "~0").replace("/", "~1") for part in path]
    return "/" + "/".join(parts) if where == "body" else "/".join([str(where), *parts])


def _safe(text: str) -> str:
    """Text that any JSON encoder takes: a caller's lone surrogates do not come back."""
    return text.encode("utf-8", "replace").decode()[:LONGEST_SENTENCE]


_IS_AWAY = "The database cannot be reached just now; try again in a moment."


def is_away(error: Exception) -> bool:
    """Whether an error means that the database cannot be reached just now."""
    if isinstance(error, PoolTimeoutError | OSError | TimeoutError):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        return error.connection_invalidated or state is None or str(state).startswith(_AWAY)
    state = getattr(error, "sqlstate", None)
    return state is not None and str(state).startswith(_AWAY)


@contextmanager
def away_is_unavailable() -> Iterator[None]:
    """Raises Unavailable where the database cannot be reached, for whoever answers in a manner of their own."""
    try:
        yield
    except Exception as error:
        if isinstance(error, DomainError) or not is_away(error):
            raise
        raise Unavailable(_IS_AWAY, code="database_unavailable") from error


#: A statement that took longer than whoever asked may take. (Locks of others count, too.)
_TOO_SLOW = "57014"


def is_too_slow(error: Exception) -> bool:
    return getattr(getattr(error, "orig", error), "sqlstate", None) == _TOO_SLOW


async def _unexpected(request: Request, error: Exception) -> Response:
    if is_too_slow(error):
        detail = "This request takes too long; ask for less (more filters, a longer word), or try later."
        logger.warning("statement too slow")
        return response(
            request, HTTPStatus.SERVICE_UNAVAILABLE, code="too_slow", detail=detail, headers={"Retry-After": "5"}
        )
    if pooler.is_forgotten(error):
        logger.error(pooler.FORGETFUL_POOLER)
        return response(
            request, HTTPStatus.SERVICE_UNAVAILABLE, code="statements_forgotten", detail=pooler.FORGETFUL_POOLER,
            headers={"Retry-After": "60"},
        )  # fmt: skip
    if isinstance(error, PoolTimeoutError):  # all connections are taken, which says nothing of the database
        detail = "Too much is asked for at this moment; try again in a few seconds."
        logger.warning("no connection came free")
        return response(
            request, HTTPStatus.SERVICE_UNAVAILABLE, code="too_busy", detail=detail, headers={"Retry-After": "2"}
        )
    if is_away(error):
        detail = _IS_AWAY
        logger.warning("database unavailable", extra={"error": type(error).__name__})
        return response(
            request,
            HTTPStatus.SERVICE_UNAVAILABLE,
            code="database_unavailable",
            detail=detail,
            headers={"Retry-After": "2"},
        )
    logger.error("unexpected error", exc_info=error)
    detail = "Something went wrong on our side; it has been logged under the request id."
    return response(request, HTTPStatus.INTERNAL_SERVER_ERROR, code="internal_error", detail=detail)


KEY_MISSING = "A key that this needs is missing here; have an operator put it back. Nothing is lost."


async def _key_missing(request: Request, error: Exception) -> Response:
    """Which one, the log says: callers need not know."""
    logger.error("key missing: %s", error)
    return response(
        request, HTTPStatus.SERVICE_UNAVAILABLE, code="key_missing", detail=KEY_MISSING, headers={"Retry-After": "60"}
    )


def install_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_input)
    # A handler of its own for what a database raises: the one for Exception is for bugs and raises again.
    for unavailable in (DBAPIError, PoolTimeoutError, OSError):
        app.add_exception_handler(unavailable, _unexpected)
    app.add_exception_handler(KeyTrouble, _key_missing)
    app.add_exception_handler(Exception, _unexpected)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a router or an operation: these statuses come as problems."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in sorted(statuses)}


def as_problem_json(openapi: dict[str, Any]) -> None:
    """Documented errors have the media type that they are sent with."""
    for path in openapi.get("paths", {}).values():
        for operation in path.values():
            for status, answer in operation.get("responses", {}).items():
                if status.isdigit() and int(status) >= 400 and "application/json" in answer.get("content", {}):
                    answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
