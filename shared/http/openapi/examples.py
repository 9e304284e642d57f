"""An example for every operation of a document: parameters, body and the role whose token it is sent with.

A service writes them down by operation id, in the order of a report's life. Where a stack runs that has reports to try
them on, a file tells which: what it says about an operation replaces what the service wrote.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import FastAPI

Document = dict[str, Any]
Examples = Mapping[str, Any]

#: Of an operation: the role whose token sends its example.
SENT_AS = "x-example-as"
#: Of an operation that is switched off on a fresh stack: the code of the problem that its example is answered with.
REFUSED = "x-example-refused"

METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def written(package: str) -> Examples:
    """Those of a service."""
    found: Examples = json.loads((resources.files(package) / "data" / "examples.json").read_text("utf-8"))
    return found


def install_examples(app: FastAPI, package: str) -> None:
    """The examples of a service into its document."""
    generate = app.openapi

    def openapi() -> Document:
        is_new = app.openapi_schema is None
        document = generate()
        if is_new:
            fill(document, written(package))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def on_this_stack(document: Document, file: Path | None) -> Document:
    """The document with what this stack has to try the examples on; itself while there is nothing."""
    try:
        known = json.loads(file.read_text("utf-8")) if file else None
    except FileNotFoundError:
        known = None
    if known is None:
        return document
    document = deepcopy(document)
    fill(document, known)
    return document


def fill(document: Document, examples: Examples) -> None:
    for operation in operations(document):
        if example := examples.get(operation["operationId"]):
            _fill_in(operation, example)


def operations(document: Document) -> Iterator[Document]:
    for item in document["paths"].values():
        yield from (operation for method, operation in item.items() if method in METHODS)


def _fill_in(operation: Document, example: Examples) -> None:
    if "as" in example:
        operation[SENT_AS] = example["as"]
    if "refused" in example:
        operation[REFUSED] = example["refused"]
    parameters = example.get("parameters", {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in parameters:
            parameter.pop("examples", None)
            parameter["example"] = parameters[parameter["name"]]
    if "body" in example:
        content = next(iter(operation["requestBody"]["content"].values()))
        content.pop("examples", None)
        earlier = content.get("example")
        both = isinstance(earlier, dict) and isinstance(example["body"], dict)
        content["example"] = {**earlier, **example["body"]} if both else example["body"]
