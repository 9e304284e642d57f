"""The page of a code as HTML, in Indonesian and English: no script, no cookie, nothing from elsewhere. No I/O."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from intake_api import templating
from intake_api.channels.qr import codes
from intake_api.channels.qr.reading import NOTHING_TYPED, Form
from intake_api.channels.qr.service import Taken
from intake_api.channels.qr.shown import ScannedCode
from intake_api.pages.mailbox import STYLE, policy_of
from shared.domain.wording import Language, Wording, say

_OWN_STYLE = STYLE + (
    ".ways{display:flex;flex-wrap:wrap;gap:.7rem;padding:0;list-style:none}"
    ".ways a{display:block;padding:.6rem 1.2rem;border:2px solid var(--blue);text-decoration:none}"
    ".kept{border:2px solid;padding:.5rem 1rem}.kept dd{font:1.3rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}"
    ".kept dt{float:none}"
)
POLICY = policy_of(_OWN_STYLE)


@dataclass(frozen=True, slots=True)
class Leading:
    """Where the page leads besides itself; empty: not there."""

    app_link: str = ""
    whatsapp: str = ""


@dataclass(frozen=True, slots=True)
class PageAddress:
    """Where a page stands: its own address and the one without a code, without their language."""

    here: str
    elsewhere: str
    root: str
    language: Language
    has_code: bool


class Wrong(NamedTuple):
    sentence: str
    field: str | None = None
    form: Form = NOTHING_TYPED


def form_page(
    place: PageAddress, scanned: ScannedCode | None, token: str, leading: Leading, wrong: Wrong | None = None
) -> str:
    """`scanned` None: the page without a code, or of one that the database cannot tell us of just now."""
    return _page(
        place, scanned=scanned, token=token, wrong=wrong, ways=_ways(place, scanned, leading), receipt=None,
        category=scanned and scanned.category_label and say(scanned.category_label, place.language),
        typed=lambda name: wrong.form.get(name, "") if wrong else "",
    )  # fmt: skip


def sorry_page(place: PageAddress, sentence: str) -> str:
    """Where nothing can be taken just now, and nothing had been typed."""
    return _page(place, scanned=None, token=None, wrong=Wrong(sentence), ways=[], receipt=None)


def receipt_page(place: PageAddress, taken: Taken, photos: int, wrong: str | None) -> str:
    """The number and the code, once; both lead on in a form, so that the code never stands in an address. `wrong`: with
    one of the photos.
    """
    receipt, code = taken.receipt, taken.receipt.access_code or ""
    mailbox = f"{place.root}/r/{receipt.tracking_number}?lang={place.language}"
    return _page(
        place, scanned=None, token=None, wrong=None, ways=[], receipt=receipt, code=code, photos=photos,
        spelt=" ".join(code[start : start + 4] for start in range(0, len(code), 4)), wrong_photo=wrong,
        otherwise=taken.otherwise, mailbox=mailbox,
    )  # fmt: skip


def _ways(place: PageAddress, scanned: ScannedCode | None, leading: Leading) -> list[tuple[str, str]]:
    """Name of the words, and address."""
    ways = []
    if leading.app_link and scanned is not None:
        ways.append(("app", leading.app_link.replace("{code}", scanned.code)))
    if leading.whatsapp:
        words = _said("whatsapp_text" if scanned is None else "whatsapp_text_code", place.language)
        if scanned is not None:
            words = words.format(where=scanned.where, code=codes.spelt(scanned.code))
        ways.append(("whatsapp", f"https://wa.me/{leading.whatsapp}?text={quote(words, safe='')}"))
    return ways


def _page(place: PageAddress, **values: object) -> str:
    other = Language.EN if place.language is Language.ID else Language.ID
    return templating.render(
        "qr.html",
        {
            "language": place.language, "has_code": place.has_code, "other": other, "style": Markup(_OWN_STYLE),
            "here": f"{place.here}?lang={place.language}", "elsewhere": f"{place.elsewhere}?lang={place.language}",
            "say": lambda name: _said(name, place.language), "without": place.elsewhere, **values,
        },
    )  # fmt: skip


def _said(name: str, language: Language) -> str:
    return say(_words()[name], language)


@cache
def _words() -> Mapping[str, Wording]:
    text = (resources.files("intake_api") / "data" / "pages" / "qr.json").read_text("utf-8")
    return {name: (said[0], said[1]) for name, said in json.loads(text).items()}
