"""What answers are, by their own names; their headers."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI

from shared.http import made
from shared.http.door.rules import described
from shared.http.openapi import problems
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
    "RateLimit-Policy": {
        "description": "Which limit was reached: its name, how much it allows (`q`), in how many seconds (`w`). Not "
        "given where too many ask at this moment.",
        "schema": {"type": "string"},
        "example": '"requests-client";q=200;w=4',
    },
    "RateLimit": {
        "description": "What is left of it (`r`), and in how many seconds there is more (`t`).",
        "schema": {"type": "string"},
        "example": '"requests-client";r=0;t=2',
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
        "description": "The language of the words for people: `id` or `en`, as Accept-Language asked for it.",
        "schema": {"type": "string"},
        "example": "id",
    },
}


def say_answers(document: Document, said: Said, app: FastAPI) -> None:
    known = {(path, method.lower()): operation for path, method, operation in described(app)}
    problems.say(document, known, app.state.rules)
    for path, method, operation in operations(document):
        found = known.get((path, method))
        sent = {parameter["name"] for parameter in operation.get("parameters", ())}
        for status, answer in operation["responses"].items():
            if answer.get("description") == "Successful Response":
                answer["description"] = _named(answer, document, method, status)
            own_headers = list(said.headers.get(operation["operationId"], ()))
            if found and found.makes and status in map(str, made.STATUSES):
                own_headers.append("Location")
            answer["headers"] = _headers(status, sent, own_headers) | answer.get("headers", {})
    named = {name for _, _, operation in operations(document) for one in operation["responses"].values()
             for name in one["headers"]}  # fmt: skip
    document["components"]["headers"] = {name: header for name, header in _HEADERS.items() if name in named}


def _headers(status: str, sent: set[str], own: Sequence[str]) -> Document:
    names = ["X-Request-Id", "Cache-Control"]
    if status.startswith("2"):
        names += [*(["ETag"] if sent & _ETAG else []), *own]
        names += ["Idempotency-Replayed"] if "Idempotency-Key" in sent else []
        names += ["Content-Language"] if "Accept-Language" in sent else []
    elif status.startswith(("4", "5")):
        names += ["Content-Language"]
        names += ["Retry-After"] if status in ("409", "429", "503") else []
        names += ["RateLimit", "RateLimit-Policy"] if status == "429" else []
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _named(answer: Document, document: Document, method: str, status: str) -> str:
    """The first sentence of its schema, if that is described."""
    shown: Document = next(iter(answer.get("content", {}).values()), {})
    name = shown.get("schema", {}).get("$ref", "").rpartition("/")[2]
    if name.endswith("Page"):
        return "A page of the list; `next_cursor` names the next one."
    if name and (described := document["components"]["schemas"][name].get("description")):
        return str(described).split("\n")[0]
    if method == "get":
        return "What was asked for."
    if method == "delete":
        return "It is done; there is nothing to say."
    return {"201": "What was made.", "202": "What will be done."}.get(status, "How it stands now.")
