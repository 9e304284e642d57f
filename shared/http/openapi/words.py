"""What parameters and properties are, where the code does not say it: the same word means the same everywhere."""

import re

from shared.http.openapi.common import PARAMETERS, PROPERTIES
from shared.http.openapi.said import Said
from shared.http.openapi.walking import Document, operations, parameters

_ENDS = re.compile(r"[.:;,]\s|[.:;]$| \(")
FEWEST = 12


def summarise(document: Document, said: Said) -> None:
    """How the description begins, for an operation that is named after its function."""
    for _, _, operation in operations(document):
        _, _, function = operation["operationId"].partition("_")
        described = " ".join(operation.get("description", "").split())
        if summary := said.summaries.get(operation["operationId"]):
            operation["summary"] = summary
        elif described and operation.get("summary") == function.replace("_", " ").title():
            ends = [found.start() for found in _ENDS.finditer(described) if found.start() >= FEWEST]
            operation["summary"] = (described[: ends[0]] if ends else described).rstrip(".")


def fill(document: Document, said: Said) -> None:
    for parameter in parameters(document):
        name = parameter["name"]
        if not parameter.get("description") and (words := said.parameters.get(name) or PARAMETERS.get(name)):
            parameter["description"] = words
    for name, schema in document["components"]["schemas"].items():
        for field, content in schema.get("properties", {}).items():
            if not content.get("description"):
                words = _meaning(f"{name}.{field}", field, said)
                if words:
                    content["description"] = words


def _meaning(exactly: str, field: str, said: Said) -> str | None:
    """What is said of one schema goes before what is said of all."""
    for key in (exactly, field):
        for known in (said.properties, PROPERTIES):
            if key in known:
                return known[key]
    return None
