"""Data of events: as it was stored once, and complete where a test names only what it is about."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from functools import cache
from pathlib import Path
from typing import Any

from shared.log.payloads import PAYLOADS
from shared.log.payloads.parts import Part, fields_of

_STORED = Path(__file__).parent / "shared" / "log" / "payloads" / "stored.txt"


@cache
def stored() -> list[tuple[str, str]]:
    """Of each type and shape one event, as the code wrote it that had no types: its type, and the text of its data."""
    lines = _STORED.read_text().splitlines()
    return [(type, text) for type, text in (line.split(" ", 1) for line in lines)]


@cache
def _example(type: str) -> Mapping[str, Any]:
    data: dict[str, Any] = json.loads(next(text for known, text in stored() if known == type))
    return data


def complete(type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """With what an event of this type cannot be without, where the data does not say it."""
    if type not in PAYLOADS:
        return dict(data)
    example = {**_example("report.assigned"), **_example(type)}
    return {key: example[key] for key in _needed(PAYLOADS[type])} | dict(data)


def _needed(part: type[Part]) -> Iterator[str]:
    for field in fields_of(part):
        if field.flat and not field.nullable:
            yield from _needed(field.hint)
        elif field.default is MISSING and not field.nullable:
            yield field.key
