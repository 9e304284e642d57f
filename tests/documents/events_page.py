"""docs/events.md, made from the payloads of the events. `python -m tests.documents.events_page` writes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin
from uuid import UUID

from shared.actors import INTAKE, MONITOR, ROUTING
from shared.domain.lifecycle import Holder
from shared.log.payloads import PAYLOADS, Payload
from shared.log.payloads.intake import Counter
from shared.log.payloads.parts import Field, Part, fields_of, is_part

PAGE = Path(__file__).parents[2] / "docs" / "events.md"

_INTRODUCTION = """# Events

Written by `make docs` from the classes in `shared/log/payloads/`: change those, not this page.

Everything that happens to a report is an event in its log. The `data` of an event holds codes and ids, never words and
nothing personal. It is what the pull feed (`details`) and `GET /v1/reports/{id}` show. These rules hold for whoever
reads it:

- Fields are only added. A field that you do not know is passed over, and so is a code that you do not know.
- *left out* says when a field is left out; every other field is always there, null where it may be null.
- *since* is the release that wrote it first.
- A field whose meaning ends in an asterisk leads to the person who reported: of a report that is anonymous or secret
  it is not told.
- An instant is RFC 3339 with its offset; an id is a UUID; a digest is SHA-256 in hexadecimal, with a salt that stands
  beside the words that it is of.

"Followed by" names the services that are told of an event over HTTP. What they do then they read from the log.
"""
_WRITERS: Mapping[str, str] = {
    INTAKE: "what reporters do, and what is done in their names",
    ROUTING: "what becomes of a report",
    MONITOR: "what clocks lead to",
}
_SIMPLE: Mapping[Any, str] = {
    str: "text", int: "number", bool: "true or false", UUID: "id", datetime: "instant", Counter: "text or null",
    Holder: "`{level, agency}`",
}  # fmt: skip


def page() -> str:
    return "\n".join([_INTRODUCTION, *_overview(), *_parts(), *_types()])


def _overview() -> Iterator[str]:
    yield "| event | written by | followed by |"
    yield "| --- | --- | --- |"
    for payload in _ordered():
        followers = ", ".join(payload.followers) or "nobody"
        yield f"| [`{payload.type}`](#{_anchor(payload.type)}) | {payload.writer} | {followers} |"
    yield ""


def _ordered() -> Iterator[type[Payload]]:
    for writer in _WRITERS:
        yield from (payload for payload in PAYLOADS.values() if payload.writer == writer)


def _anchor(heading: str) -> str:
    return heading.lower().replace(".", "").replace(" ", "-")


def _parts() -> Iterator[str]:
    """What stands in several events."""
    found = {field.hint: None for payload in PAYLOADS.values() for field in fields_of(payload) if field.flat}
    yield "## What several events have"
    yield ""
    for part in found:
        yield f"### {part.__name__}"
        yield ""
        yield _told(part)
        yield ""
        yield from _table(fields_of(part))


def _types() -> Iterator[str]:
    for writer, subject in _WRITERS.items():
        yield f"## {writer}: {subject}"
        yield ""
        for payload in _ordered():
            if payload.writer == writer:
                yield from _section(payload)


def _section(payload: type[Payload]) -> Iterator[str]:
    own = [field for field in fields_of(payload) if not field.flat]
    yield f"### {payload.type}"
    yield ""
    yield f"{_told(payload)} Since {payload.since}."
    yield ""
    if own:
        yield from _table(own)
    for field in fields_of(payload):
        if field.flat:
            where = " where there are any" if field.nullable else ""
            yield f"It has the fields of [{field.hint.__name__}](#{field.hint.__name__.lower()}){where}."
            yield ""
    if not fields_of(payload):
        yield "It has no fields."
        yield ""


def _told(part: type[Part]) -> str:
    return " ".join((part.__doc__ or "").split())


def _table(fields: Iterable[Field]) -> Iterator[str]:
    yield "| field | type | meaning | left out | since |"
    yield "| --- | --- | --- | --- | --- |"
    for field in sorted(fields, key=lambda one: one.key):
        left_out = "" if field.default is MISSING else ("where false" if field.default is False else "where none")
        meaning = f"{field.meaning} *" if field.leads else field.meaning
        yield f"| `{field.key}` | {_type(field)} | {meaning} | {left_out} | {field.since} |"
    yield ""


def _type(field: Field) -> str:
    always = field.default is MISSING
    return _named(field.hint) + (" or null" if field.nullable and always else "")


def _named(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return f"list of {_named(get_args(hint)[0])}"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "code: " + ", ".join(f"`{one.value}`" for one in hint)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if is_part(hint):
        return "`{" + ", ".join(field.key for field in fields_of(hint)) + "}`"
    return "object of digests by what they are of" if get_origin(hint) is not None else str(hint)


def main() -> None:
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
