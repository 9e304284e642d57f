"""What the OpenAPI document says of Open311's refusals: they are no problems, and have the statuses that it knows."""

from typing import Any

from fastapi import FastAPI

from intake_api.channels.open311.schemas import Open311Error
from shared.http.openapi.walking import operations

_PREFIX = "/open311/"
_ERRORS = {"type": "array", "items": {"$ref": f"#/components/schemas/{Open311Error.__name__}"}}
_SAID = {
    "400": "Something is missing, or not as it should be: each error names its field.",
    "403": "The `api_key` is missing or wrong, or its client may not do this.",
    "404": "There is no such thing, or the public does not see it.",
    "413": "The form is too large.",
    "429": "Too many requests: wait as long as Retry-After says.",
    "503": "Not possible just now: wait as long as Retry-After says, and send the same again.",
}
_ALWAYS, _OF_FORMS = ("400", "404", "429", "503"), ("403", "413")


def install_refusals(app: FastAPI) -> None:
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = generate()
        if is_new:
            for path, method, operation in operations(document):
                if path.startswith(_PREFIX):
                    _say(operation, (*_ALWAYS, *(_OF_FORMS if method == "post" else ())))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _say(operation: dict[str, Any], statuses: tuple[str, ...]) -> None:
    known = operation["responses"]
    answers = {status: answer for status, answer in known.items() if status < "400"}
    headers = known["400"].get("headers", {})
    for status in sorted(statuses):
        answers[status] = {
            "description": _SAID[status],
            "headers": known.get(status, {}).get("headers", headers),
            "content": {"application/json": {"schema": _ERRORS}},
        }
    operation["responses"] = answers
