"""The words of a document in Indonesian: a service keeps them in data/openapi_id.json, by operation id and tag.

Those of parameters and properties are the same in all services and stand in shared/data, by the English sentence.

What the file does not say stays English.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

from shared.domain.wording import Language
from shared.http.openapi import examples, rights

Document = dict[str, Any]
Words = Mapping[str, Any]


def written(package: str) -> Words:
    """`info`, `tags` by name, `operations` by id."""
    words: Words = json.loads((resources.files(package) / "data" / "openapi_id.json").read_text("utf-8"))
    return words


@cache
def descriptions() -> Words:
    """What parameters and properties are, by the English sentence: the same in every service."""
    words: Words = json.loads((resources.files("shared") / "data" / "descriptions_id.json").read_text("utf-8"))
    return words


def into_indonesian(document: Document, words: Words) -> Document:
    document = deepcopy(document)
    document["info"] |= words.get("info", {})
    for tag in document.get("tags", ()):
        tag["description"] = words.get("tags", {}).get(tag["name"], tag.get("description", ""))
    described = descriptions()
    for operation in examples.operations(document):
        if said := words.get("operations", {}).get(operation["operationId"]):
            operation |= {**said, "description": rights.with_who(operation, said["description"], Language.ID)}
        for parameter in operation.get("parameters", ()):
            _translate(parameter, described)
    for schema in document.get("components", {}).get("schemas", {}).values():
        for content in schema.get("properties", {}).values():
            _translate(content, described)
    return document


def _translate(part: Document, described: Mapping[str, str]) -> None:
    english = part.get("description", "")
    part["description"] = described.get(english, english)
