"""The parts of an OpenAPI document, one by one."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and what is said of it."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def parameters(document: Document) -> Iterator[Document]:
    for _, _, operation in operations(document):
        yield from operation.get("parameters", ())


def schemas(part: Any) -> Iterator[Document]:
    """A part and all dictionaries below it."""
    if isinstance(part, dict):
        yield part
        for one in part.values():
            yield from schemas(one)
    elif isinstance(part, list):
        for one in part:
            yield from schemas(one)
