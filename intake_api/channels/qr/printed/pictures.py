"""A code as a picture, and as a sheet to print: A4, eight cards to be cut out. No I/O but memory; a sheet takes half a
second of a processor.
"""

import io
import json
from collections.abc import Sequence
from enum import StrEnum, auto
from importlib import resources
from typing import NamedTuple
from urllib.parse import urlsplit

import segno
import typst

from intake_api.channels.qr import codes

#: Pixels of a module of the PNG; the quiet zone that readers need, in modules.
_PIXELS, _QUIET = 16, 4
#: So much of a text has room on a card.
_MOST_LETTERS = 100


class PictureFormat(StrEnum):
    PNG = auto()
    SVG = auto()


MEDIA_TYPES = {PictureFormat.PNG: "image/png", PictureFormat.SVG: "image/svg+xml"}


class Card(NamedTuple):
    """What stands on paper beside a code."""

    code: str
    address: str
    label: str
    place: str
    agency: str


class Unprintable(Exception):
    """Typst made no page of the cards."""


def address(own_url: str, code: str) -> str:
    """In capitals where nothing in it depends on them: a QR code packs these more densely, and is read from afar."""
    parts = urlsplit(own_url)
    if parts.path.strip("/"):
        return f"{own_url}/q/{code}"
    return f"{own_url.upper()}/Q/{code}"


def symbol(address: str) -> segno.QRCode:
    """A fifth of it may be dirty or torn."""
    return segno.make_qr(address, error="m", boost_error=True)


def picture(address: str, wanted: PictureFormat) -> bytes:
    out = io.BytesIO()
    symbol(address).save(out, kind=wanted.value, scale=_PIXELS if wanted is PictureFormat.PNG else 1, border=_QUIET)
    return out.getvalue()


def sheet(own_url: str, cards: Sequence[Card]) -> bytes:
    """Words are handed over as data, so that none is read as markup. Raises Unprintable."""
    typed_at = own_url.partition("://")[2] + "/q"
    shown = {
        "typed_at": typed_at,
        "cards": [
            {
                "svg": symbol(one.address).svg_inline(border=_QUIET, omitsize=True), "spelt": codes.spelt(one.code),
                "label": _short(one.label), "place": _short(one.place), "agency": _short(one.agency),
            }
            for one in cards
        ],
    }  # fmt: skip
    template = (resources.files("intake_api") / "data" / "pages" / "qr-sheet.typ").read_bytes()
    try:
        made = typst.compile(template, format="pdf", sys_inputs={"document": json.dumps(shown)})
    except typst.TypstError as error:
        raise Unprintable from error
    if not isinstance(made, bytes):
        raise Unprintable
    return made


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS].rstrip()} ..."
