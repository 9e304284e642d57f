"""How we answer in Open311: JSON or XML, by the end of the path; instants as W3C writes them."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Response

from intake_api.channels.open311.schemas import Element, Open311Format

MEDIA_TYPES: Mapping[Open311Format, str] = {
    Open311Format.JSON: "application/json; charset=utf-8",
    Open311Format.XML: "text/xml; charset=utf-8",
}
#: What XML 1.0 cannot hold, however it is written.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: How XML calls one of a list of texts.
_ITEMS = {"formats": "format"}


def format_of(path: str) -> Open311Format:
    return Open311Format.XML if path.endswith(".xml") else Open311Format.JSON


def w3c(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def answer(
    path: str, kind: type[Element], found: Sequence[Element], *, status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """All of `kind`. One that stands alone is no list."""
    form = format_of(path)
    content = as_xml(kind, found) if form is Open311Format.XML else as_json(kind, found)
    return Response(content, status, headers, MEDIA_TYPES[form])


def as_json(kind: type[Element], found: Sequence[Element]) -> bytes:
    said = [as_parts(one) for one in found]
    return json.dumps(said[0] if kind.alone else said, ensure_ascii=False).encode()


def as_xml(kind: type[Element], found: Sequence[Element]) -> bytes:
    if kind.alone:
        root = _element(kind.element, as_parts(found[0]))
    else:
        root = ET.Element(kind.root)
        root.extend(_element(kind.element, as_parts(one)) for one in found)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def as_parts(one: Element) -> dict[str, Any]:
    """What an extension has nothing to say of is left out; what the specification names is null."""
    fields = type(one).model_fields
    found: dict[str, Any] = {}
    for name, value in one:
        if value is None and fields[name].default is None:
            continue
        if isinstance(value, list):
            found[name] = [as_parts(inner) if isinstance(inner, Element) else inner for inner in value]
        else:
            found[name] = as_parts(value) if isinstance(value, Element) else value
    return found


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        element.extend(_element(part, inner) for part, inner in value.items())
    elif isinstance(value, list):
        element.extend(_element(_ITEMS.get(name, name.removesuffix("s")), inner) for inner in value)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))
    return element
