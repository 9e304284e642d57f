"""The words of a document in Indonesian: a service keeps them in data/openapi_id.json, by operation id, tag and name.

What the file does not say stays English.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from importlib import resources
from typing import Any

from shared.domain.wording import Language
from shared.http.openapi import examples, rights

Document = dict[str, Any]
Words = Mapping[str, Any]


def written(package: str) -> Words:
    """`info`, `tags` by name, `operations` by id, `parameters` by name, `properties` by schema and name."""
    words: Words = json.loads((resources.files(package) / "data" / "openapi_id.json").read_text("utf-8"))
    return words


def into_indonesian(document: Document, words: Words) -> Document:
    document = deepcopy(document)
    document["info"] |= words.get("info", {})
    for tag in document.get("tags", ()):
        tag["description"] = words.get("tags", {}).get(tag["name"], tag.get("description", ""))
    parameters = words.get("parameters", {})
    for operation in examples.operations(document):
        if said := words.get("operations", {}).get(operation["operationId"]):
            described = rights.with_who(operation, said.get("description", ""), Language.ID)
            operation |= {**said, "description": described}
        for parameter in operation.get("parameters", ()):
            if said := parameters.get(parameter["name"]):
                parameter["description"] = said
    schemas = document.get("components", {}).get("schemas", {})
    for name, properties in words.get("properties", {}).items():
        for key, said in properties.items():
            if key in schemas.get(name, {}).get("properties", {}):
                schemas[name]["properties"][key]["description"] = said
    return document
