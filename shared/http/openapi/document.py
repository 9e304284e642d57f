"""The OpenAPI document of a service: what FastAPI reads from the code, and then what it cannot know."""

from typing import Any

from fastapi import FastAPI

from shared.http import problems
from shared.http.openapi import names
from shared.http.openapi.said import Said


def install(app: FastAPI, said: Said) -> None:
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            document["servers"] = [{"url": app.root_path or "/", "description": "The host that shows this document."}]
            names.rename(document, said.names)
            problems.as_problem_json(document)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
