"""The OpenAPI document of a service: what FastAPI reads from the code, and then what it cannot know."""

from typing import Any

from fastapi import FastAPI

from shared.http import problems
from shared.http.openapi import answers, fields, names, rights, words
from shared.http.openapi.said import Said

_MANNERS = """

**Changes.** Within `/v1` fields, parameters, operations and codes are added and nothing is taken away: ignore fields
that you do not know, and take an unknown value of a list of codes as such (`x-extensible-enum`).
**Errors** are problems (RFC 9457, `application/problem+json`); `code` is for programs, each answer lists its own in
`x-codes`. **Lists** come in pages: ask again with `next_cursor` until it is null. **Instants** are UTC (RFC 3339), days
are those of the place. Every answer has `X-Request-Id`.
"""


def install_document(app: FastAPI, said: Said) -> None:
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            document["info"] |= {
                "description": said.description + _MANNERS.rstrip(),
                "contact": {"name": "The operators of this installation"},
                "license": {"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
            }
            document["servers"] = [{"url": app.root_path or "/", "description": "The host that shows this document."}]
            document["tags"] = [{"name": name, "description": what} for name, what in said.tags.items()]
            names.rename(document, said.names)
            names.name_enum_values(document)
            problems.as_problem_json(document)
            fields.mend(document)
            words.summarise(document, said)
            rights.say(document, app)
            answers.say_answers(document, said, app)
            words.fill(document, said)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
