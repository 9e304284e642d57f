"""Names of schemas that stay: unique over the services, without paths of modules, each the title as well.

Generators make classes of them, so that a name that changes breaks the code of whoever calls us.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]

_REF = "#/components/schemas/"
_PAGE = re.compile(r"Page_(\w+)_")

#: Of what several services share.
_COMMON = {
    "CloudEvent": "LogEvent",
    "Level": "HolderLevel",
    "Outcome": "InboxOutcome",
    "Receipt": "EventReceipt",
    "Receipts": "EventReceipts",
    "Status": "ReportStatus",
}


def rename(document: Document, names: Mapping[str, str]) -> None:
    """Raises ValueError if two schemas would get one name."""
    schemas = document.get("components", {}).get("schemas", {})
    known = {**_COMMON, **names}
    new = {name: _public(name, known) for name in schemas}
    if len(set(new.values())) < len(new):
        raise ValueError(f"Two schemas would have one name: {sorted(new.values())}")
    renamed = {new[name]: {**schema, "title": new[name]} for name, schema in schemas.items()}
    document["components"]["schemas"] = dict(sorted(renamed.items()))
    refer(document, new)


def _public(name: str, known: Mapping[str, str]) -> str:
    if page := _PAGE.fullmatch(name):
        return f"{_public(page[1], known)}Page"
    return known.get(name, name)


def refer(part: Any, new: Mapping[str, str]) -> None:
    """Every reference below a part of a document, and every mapping of a discriminator, gets the new name."""
    for holder, key in _references(part):
        holder[key] = _REF + new.get(holder[key].removeprefix(_REF), holder[key].removeprefix(_REF))


def referred(part: Any) -> set[str]:
    """The names of the schemas that a part of a document refers to, itself."""
    return {holder[key].removeprefix(_REF) for holder, key in _references(part)}


def _references(part: Any) -> Iterator[tuple[dict[str, str], str]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str) and value.startswith(_REF):
                yield part, key
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for one in part:
            yield from _references(one)


def name_enum_values(document: dict[str, Any]) -> None:
    """Enums of Kotlin and Java have `name` and `ordinal` already: the constant for such a value is told apart."""
    for schema in document.get("components", {}).get("schemas", {}).values():
        values = schema.get("enum", ())
        if {"name", "ordinal"} & set(values):
            schema["x-enum-varnames"] = [f"{one}_" if one in ("name", "ordinal") else one for one in values]
