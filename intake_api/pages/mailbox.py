"""The mailbox as HTML: one page, in Indonesian and English, that needs no script, no cookie and nothing from elsewhere.

No I/O.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from markupsafe import Markup

from intake_api import templating
from intake_api.evidence.items import EvidenceBy, EvidenceItem
from intake_api.notifications.choices.schemas import WantedChannel
from intake_api.pages.service import Found
from intake_api.timeline.schemas import Deadline
from shared import ids
from shared.domain.clocks import ClockState
from shared.domain.evidence import REFUSALS, Refusal, Variant
from shared.domain.newer import code
from shared.domain.regions import WIB, WIT, WITA, time_zone_of
from shared.domain.wording import Language, Wording, say
from shared.http.colours import COLOURS

STYLE = COLOURS + (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:1rem auto;padding:0 1rem;color:var(--ink);"
    "background:var(--paper)}a{color:var(--blue)}h1{line-height:1.25}"
    "label,legend{display:block;margin-top:1rem}label.choice{margin:.5rem 0;padding:.3rem 0}"
    "input:not([type=radio]):not([type=checkbox]):not([type=hidden]),textarea{font:inherit;width:100%;padding:.5rem;"
    "box-sizing:border-box;border:1px solid var(--line);color:inherit;background:inherit}"
    "select{font:inherit;max-width:100%;padding:.5rem;border:1px solid var(--line);color:inherit;"
    "background:var(--paper)}"
    "input[type=radio],input[type=checkbox]{width:1.3rem;height:1.3rem;vertical-align:middle}"
    "fieldset{border:0;padding:0;margin:0}"
    "button{font:inherit;margin:1rem .5rem 0 0;padding:.6rem 1.2rem;border:2px solid var(--blue);"
    "background:var(--blue);color:var(--on)}"
    "button.quiet,button.plain{background:var(--paper);color:var(--blue)}"
    "button.plain{border:0;padding:.6rem 0;margin:0;text-decoration:underline}"
    ":focus-visible{outline:3px solid var(--blue);outline-offset:2px}"
    ".wrong{color:var(--red);border-left:.3rem solid;padding-left:.7rem}"
    ".done{border-left:.3rem solid var(--blue);padding-left:.7rem}.hint{margin:.2rem 0;font-size:.95rem}"
    ".words{white-space:pre-wrap;overflow-wrap:anywhere}article{border-top:1px solid var(--line);margin-top:1rem}"
    'article h3{margin:.6rem 0 0;font-size:1.1rem}dt{float:left;clear:left;margin-right:.5rem}dt::after{content:":"}'
    "dd{margin:0 0 .3rem}section,details{border-top:1px solid var(--line);margin-top:1.5rem;padding-top:.5rem}"
    "ol.files{padding-left:1.5rem}ol.files img{max-width:10rem;max-height:10rem;vertical-align:top}"
    "summary{padding:.5rem 0;cursor:pointer;color:var(--blue)}@media print{form,header{display:none}}"
)


def policy_of(style: str) -> str:
    """A form leads to these pages alone, and no other page shows them."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


POLICY = policy_of(STYLE)
_ZONES = {WIB: "WIB", WITA: "WITA", WIT: "WIT"}
_MONTHS = (
    ("Jan", "Jan"), ("Feb", "Feb"), ("Mar", "Mar"), ("Apr", "Apr"), ("Mei", "May"), ("Jun", "Jun"),
    ("Jul", "Jul"), ("Agu", "Aug"), ("Sep", "Sep"), ("Okt", "Oct"), ("Nov", "Nov"), ("Des", "Dec"),
)  # fmt: skip
#: What is said of a message beside its author.
_KINDS = frozenset({"question", "response", "final_response", "explanation", "rating", "appeal", "reopening"})
#: The clock that waits for the reporter: their forms say until when.
_OWN = "hold"
#: So that a page with a long history stays small.
_STEPS = 20
#: The newest of what the reporter was told.
_TOLD = 5
#: In their own words; an operator may add others.
_LANGUAGES = {"id": "Bahasa Indonesia", "en": "English", "jv": "Basa Jawa", "su": "Basa Sunda"}


@dataclass(frozen=True, slots=True)
class Where:
    """The page's own address, without language; `elsewhere` asks for a number."""

    here: str
    elsewhere: str
    language: Language


@dataclass(frozen=True, slots=True)
class Said:
    """What to tell whoever sent a form: that it was `done`, or what is wrong; and what they had typed."""

    done: str | None = None
    wrong: str | None = None
    act: str | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


NOTHING = Said()


def ask_for_number(where: Where, wrong: str | None = None) -> str:
    return _page(where, number=None, report=None, wrong=wrong, done=None)


def ask_for_code(where: Where, number: str, wrong: str | None = None) -> str:
    return _page(where, number=number, report=None, wrong=wrong, done=None)


def show_report(where: Where, found: Found, *, code: str, older: bool = False, said: Said = NOTHING) -> str:
    """`older`: the page of the messages is not the first one."""
    report = found.report
    region = report.location.region
    zone = ZoneInfo(time_zone_of(region.code if region else None))
    return _page(
        where, number=report.tracking_number, report=report, talk=found.talk, code=code, older=older,
        once=ids.new_access_code(), done=said.done, wrong=said.wrong, wrong_act=said.act, kinds=_KINDS,
        ends={one.action.value: one.until for one in report.actions}, due=_due(report.deadlines),
        history=report.timeline[::-1][:_STEPS],
        evidence=[_shown(one, where.language) for one in found.evidence.items],
        news=found.news, told=found.news.told[:_TOLD], ways=[way.value for way in WantedChannel],
        speak=lambda language: _LANGUAGES.get(language, language),
        typed=lambda act, name: said.typed.get(name, "") if act == said.act else "",
        at=lambda instant: _instant(instant, zone, where.language),
        before=lambda end: _instant(end - timedelta(minutes=1), zone, where.language),
    )  # fmt: skip


def _shown(one: EvidenceItem, language: Language) -> dict[str, object]:
    """A file with where its thumbnail and its copy are fetched, if they can be."""
    at = {file.variant: file.href for file in one.files}
    return {
        "state": one.state.value, "is_ours": one.by is EvidenceBy.REPORTER, "reason": _because(one.reason, language),
        "is_picture": one.media_type.startswith("image/"), "small": at.get(Variant.SMALL),
        "href": at.get(Variant.CLEAN) or at.get(Variant.ORIGINAL),
    }  # fmt: skip


def _because(reason: str | None, language: Language) -> str | None:
    """A code that only a newer release knows is shown as it is."""
    return reason and say(REFUSALS.get(code(Refusal, reason), (reason, reason)), language)


def _due(deadlines: Sequence[Deadline]) -> list[Deadline]:
    """Those that run against somebody else and whose end is known, the next one first."""
    running = [one for one in deadlines if one.state is ClockState.RUNNING and one.stage != _OWN]
    return sorted((one for one in running if one.due_at is not None), key=lambda one: str(one.due_at))


def _instant(instant: datetime, zone: ZoneInfo, language: Language) -> str:
    there = instant.astimezone(zone)
    month = say(_MONTHS[there.month - 1], language)
    return f"{there.day} {month} {there.year} {there:%H:%M} {_ZONES[zone.key]}"


def _page(where: Where, **values: object) -> str:
    other = Language.EN if where.language is Language.ID else Language.ID
    return templating.render(
        "mailbox.html",
        {
            "language": where.language, "other": other, "style": Markup(STYLE),
            "here": f"{where.here}?lang={where.language}",
            "file_at": f"{where.here}/file?lang={where.language}", "elsewhere": where.elsewhere,
            "say": lambda name: say(_words()[name], where.language), **values,
        },
    )  # fmt: skip


@cache
def _words() -> dict[str, Wording]:
    text = (resources.files("intake_api") / "data" / "pages" / "mailbox.json").read_text("utf-8")
    return {name: (said[0], said[1]) for name, said in json.loads(text).items()}
