"""The words of a document in Indonesian: a service keeps them in data/openapi_id.json, by operation id and tag.

All other descriptions (of parameters, schemas, properties, answers, headers, ways to prove who one is) stand in
shared/data, by the English sentence, so that one that several services say is translated once.

What the file does not say stays English.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

from shared.domain.wording import Language
from shared.http.openapi import examples, problems, rights
from shared.http.openapi.fields import OPEN
from shared.http.openapi.walking import Document

Words = Mapping[str, Any]


def written(package: str) -> Words:
    """`info`, `tags` by name, `operations` by id."""
    words: Words = json.loads((resources.files(package) / "data" / "openapi_id.json").read_text("utf-8"))
    return words


#: What is no description below these was sent, or is a value.
_NO_WORDS = frozenset({"example", "examples", "default", "enum", "const"})


@cache
def descriptions() -> Words:
    """By the English sentence."""
    words: Words = json.loads((resources.files("shared") / "data" / "descriptions_id.json").read_text("utf-8"))
    return words


def into_indonesian(document: Document, words: Words) -> Document:
    document = deepcopy(document)
    document["info"] |= words.get("info", {})
    for tag in document.get("tags", ()):
        tag["description"] = words.get("tags", {}).get(tag["name"], tag.get("description", ""))
    for operation in examples.operations(document):
        if said := words.get("operations", {}).get(operation["operationId"]):
            operation |= {**said, "description": rights.with_who(operation, said["description"], Language.ID)}
        for status, answer in operation["responses"].items():
            if codes := answer.get(problems.LISTED):
                answer["description"] = problems.described(status, codes, Language.ID)
    for part in _described(document):
        part["description"] = said_in_indonesian(part["description"])
    return document


def _described(document: Document) -> Iterator[Document]:
    """Whatever has a description of its own, but for operations, tags and problems."""
    for operation in examples.operations(document):
        yield from _below(operation.get("parameters", ()))
        yield from _below(operation.get("requestBody", {}))
        yield from _below([one for one in operation["responses"].values() if problems.LISTED not in one])
    yield from _below(document.get("components", {}))


def _below(part: Any) -> Iterator[Document]:
    if isinstance(part, list | tuple):
        for one in part:
            yield from _below(one)
    elif isinstance(part, dict):
        if isinstance(part.get("description"), str):
            yield part
        for key, one in part.items():
            if key not in _NO_WORDS:
                yield from _below(one)


def english(document: Document) -> set[str]:
    """All that stands to be said in Indonesian by the catalogue of descriptions."""
    return {part["description"].removesuffix(OPEN).rstrip() for part in _described(document)} | {OPEN}


def said_in_indonesian(sentence: str) -> str:
    """As it is where the catalogue does not have it. That a list may grow is said of many."""
    known = descriptions()
    start = sentence.removesuffix(OPEN)
    if start != sentence:
        return f"{known.get(start.rstrip(), start.rstrip())} {known.get(OPEN, OPEN)}".strip()
    return str(known.get(sentence, sentence))
