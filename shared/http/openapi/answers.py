"""What answers are, by their own names; their headers; the codes of problems."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from fastapi import FastAPI

from shared.http import made
from shared.http.door.rules import described
from shared.http.openapi.said import Said
from shared.http.openapi.walking import Document, operations

_ETAG = {"If-Match", "If-None-Match"}

_HEADERS: Mapping[str, Document] = {
    "X-Request-Id": {
        "description": "The id of this request in our logs: yours, if you sent one of 1 to 64 letters, digits, dots, "
        "underscores or hyphens. Name it when you ask for help.",
        "schema": {"type": "string"},
        "example": "01936f2e-7c1a-7000-8000-000000000001",
    },
    "ETag": {
        "description": "The version of what is answered. Send it as `If-Match` with the next change.",
        "schema": {"type": "string"},
        "example": '"4"',
    },
    "Location": {
        "description": "The path at this service at which what was made, or will be, can be read.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/reports/7361053076",
    },
    "Retry-After": {
        "description": "Seconds after which the same request may succeed. Not given where waiting changes nothing.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 2,
    },
    "Idempotency-Replayed": {
        "description": "`true`: this Idempotency-Key was seen before, and nothing was done again.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
    "Cache-Control": {
        "description": "`no-store` where the answer is for one person; keep nothing of it.",
        "schema": {"type": "string"},
        "example": "no-store",
    },
    "Content-Language": {
        "description": "The language of the sentences for people: `id` or `en`, as Accept-Language asked for it.",
        "schema": {"type": "string"},
        "example": "id",
    },
}

_PROBLEMS: Mapping[str, tuple[str, Sequence[str]]] = {
    "400": (
        "The request cannot be read: the body is no JSON, or the address is broken.",
        ("malformed_json", "malformed_body", "nul_character", "too_many_parameters", "bad_request"),
    ),
    "401": (
        "There is no token (or access code), or it is not valid any more.",
        ("unauthenticated", "invalid_token", "token_expired", "token_revoked"),
    ),
    "403": ("The bearer may not do this.", ("forbidden", "missing_scope")),
    "404": ("It does not exist, or not for whoever asks.", ("not_found",)),
    "409": ("It is not possible as things stand now; `code` and `detail` say why.", ()),
    "412": ("It has changed since you read it: read it again, and decide again.", ("version_mismatch",)),
    "413": ("The body is too large, or has too many values.", ("body_too_large", "too_many_values", "too_deep")),
    "422": ("A field is not as it should be; `errors` names each.", ("invalid",)),
    "429": ("Too many requests: wait as long as Retry-After says.", ("too_many_requests",)),
    "503": (
        "Not possible just now: wait as long as Retry-After says, and send the same again.",
        ("unavailable", "too_busy", "too_slow", "database_unavailable"),
    ),
}  # fmt: skip

#: What a parameter adds.
_OF_PARAMETERS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Idempotency-Key": {
        "409": ("idempotency_key_in_use", "idempotency_answer_lost"),
        "422": ("idempotency_key_reused",),
    },
    "cursor": {"422": ("bad_cursor",)},
    "tracking_number": {"404": ("unknown_report",)},
}


def say(document: Document, said: Said, app: FastAPI) -> None:
    used: set[str] = set()
    known = {(path, method.lower()): operation for path, method, operation in described(app)}
    for path, method, operation in operations(document):
        found = known.get((path, method))
        sent = {parameter["name"] for parameter in operation.get("parameters", ())}
        for status, answer in operation["responses"].items():
            own = said.codes.get(operation["operationId"], {}).get(status, ())
            if status in _PROBLEMS:
                of_sent = [codes.get(status, ()) for name, codes in _OF_PARAMETERS.items() if name in sent]
                used |= set(_problem(answer, status, [*chain(*of_sent), *own]))
            elif answer.get("description") == "Successful Response":
                answer["description"] = _named(answer, document, method)
            own_headers = list(said.headers.get(operation["operationId"], ()))
            if found and found.makes and status in map(str, made.STATUSES):
                own_headers.append("Location")
            answer["headers"] = _headers(status, sent, own_headers) | answer.get("headers", {})
    named = {name for _, _, operation in operations(document) for one in operation["responses"].values()
             for name in one["headers"]}  # fmt: skip
    document["components"]["headers"] = {name: header for name, header in _HEADERS.items() if name in named}
    _list_codes(document, used)


def _problem(answer: Document, status: str, own: Sequence[str]) -> list[str]:
    sentence, common = _PROBLEMS[status]
    codes = list(dict.fromkeys([*common, *own]))
    answer["description"] = f"{sentence} Codes: {', '.join(f'`{code}`' for code in codes)}."
    answer["x-codes"] = codes
    return codes


def _list_codes(document: Document, used: set[str]) -> None:
    """Beside the schema of problems, which is the same in every service."""
    document["x-problem-codes"] = sorted(used | {"internal_error", "not_found"})


def _headers(status: str, sent: set[str], own: Sequence[str]) -> Document:
    names = ["X-Request-Id", "Cache-Control"]
    if status.startswith("2"):
        names += [*(["ETag"] if sent & _ETAG else []), *own]
        names += ["Idempotency-Replayed"] if "Idempotency-Key" in sent else []
    elif status.startswith(("4", "5")):
        names += ["Content-Language"]
        names += ["Retry-After"] if status in ("409", "429", "503") else []
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _named(answer: Document, document: Document, method: str) -> str:
    """After the schema: its first sentence, or its name in words."""
    shown: Document = next(iter(answer.get("content", {}).values()), {})
    schema = shown.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    if not name:
        return "It is done; there is nothing to say." if method == "delete" else "What was asked for."
    described = document["components"]["schemas"][name].get("description")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("View").removesuffix("Page")).lower()
    if name.endswith("Page"):
        return f"A page of {words.removesuffix('y') + 'ies' if words.endswith('y') else words + 's'}."
    return str(described).split("\n")[0] if described else f"The {words}."
