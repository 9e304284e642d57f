"""Types as generators need them: headers and queries without null, numbers with a format, codes that may grow."""

from shared.http.openapi.walking import Document, operations, parameters, schemas
from shared.http.problems import MEDIA_TYPE as PROBLEM_JSON

OPEN = "More values may be added: take one that you do not know as such, not as an error."


def mend(document: Document) -> None:
    _refusals(document)
    for parameter in parameters(document):
        _without_null(parameter)
    for schema in schemas(document):
        if schema.get("type") == "number" and "format" not in schema:
            schema["format"] = "double"
    for schema in document["components"]["schemas"].values():
        if "enum" in schema:
            schema["description"] = f"{schema.get('description', '')} {OPEN}".strip()
            schema["x-extensible-enum"] = list(schema["enum"])


def _without_null(parameter: Document) -> None:
    """Who leaves a parameter out has said that there is none; a header or a query cannot say null."""
    schema = parameter["schema"]
    if parameter["in"] == "path" or "anyOf" not in schema:
        return
    kept = [one for one in schema["anyOf"] if one.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default", "description")}
    parameter["schema"] = rest | (kept[0] if len(kept) == 1 else {"anyOf": kept})


def _refusals(document: Document) -> None:
    """A refused field is told as a problem, by operations too that do not name the 422 themselves."""
    for _, _, operation in operations(document):
        if "HTTPValidationError" in str(refused := operation["responses"].get("422", {})):
            refused["content"] = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
