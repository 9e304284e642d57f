"""Mails as they are written: what was escalated, why, and what to do; never a citizen's name or words.

Of a secret report nothing is said but its number.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from shared.domain.clocks import StepKind
from shared.domain.dates import day
from shared.domain.wording import Language, Wording, say
from shared.mail import Addressee, compose
from sla_monitor.templating import render

#: What becomes of a stage, for those who have to act and for those who have to see to it.
TO_DO: Mapping[str, Wording] = MappingProxyType(
    {
        "verification": ("Verifikasi laporan ini.", "Verify this report."),
        "disposition": (
            "Disposisikan laporan ini ke instansi yang berwenang.",
            "Pass this report to the competent agency.",
        ),
        "first_response": ("Berikan tindak lanjut pertama.", "Give the first response."),
        "resolution": ("Berikan jawaban akhir.", "Give the final response."),
    }
)
_KINDS: Mapping[StepKind, Wording] = MappingProxyType(
    {
        StepKind.REMINDER: ("tenggat segera berakhir", "the deadline is near"),
        StepKind.BREACH: ("tenggat terlampaui", "the deadline has passed"),
        StepKind.ESCALATION: ("keterlambatan dieskalasi", "the delay was escalated"),
    }
)
_NEWS: Wording = ("laporan ini kini ada pada Anda", "this report is with you now")
#: What brought a report back, by the cause in its event.
_BROUGHT_BACK: Mapping[str, Wording] = MappingProxyType(
    {
        "reply": ("pelapor menanggapi", "the reporter has replied"),
        "rating": ("pelapor belum puas", "the reporter is not content"),
        "reopening": ("pelapor membuka kembali laporan", "the reporter has reopened the report"),
    }
)
#: To whom a note names, whoever holds the report.
_MENTIONED: Wording = ("seorang rekan menyebut Anda dalam catatan", "a colleague mentions you in a note")
_READ_IT: Wording = ("Baca catatan pada laporan itu.", "Read the note on the report.")
#: To whoever hears of it because nobody is registered with the holder.
_NOBODY_THERE: Wording = (
    "belum ada petugas terdaftar pada pemegang laporan ini",
    "no officer is registered where this report lies",
)
_SEE_TO_IT: Wording = ("Pastikan laporan ini ditindaklanjuti.", "See to it that this report is acted upon.")
_ACKNOWLEDGE: Wording = (
    "Tanggapi eskalasi ini dengan catatan; tenggat tetap berjalan.",
    "Acknowledge the escalation with a note; the clock runs on.",
)
_SECRET: Wording = (
    "Laporan rahasia: masuk ke LAPOR! untuk membacanya.",
    "A secret report: sign in to LAPOR! to read it.",
)
_SUBJECTS: Mapping[str, Wording] = MappingProxyType(
    {
        "single": ("Laporan {number}: {stage}, {kind}", "Report {number}: {stage}, {kind}"),
        "news": ("Laporan {number}: {kind}", "Report {number}: {kind}"),
        "secret": ("Laporan {number}", "Report {number}"),
        "digest": ("{count} laporan memerlukan perhatian Anda", "{count} reports need your attention"),
        "reprimand": ("Teguran {name}, {period}", "Reprimand of {name}, {period}"),
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """A ladder step that somebody is told of. Of a secret report, all but the number stays empty."""

    number: str
    secret: bool
    kind: StepKind | None  # None: news, that the report has come to them
    stage: str
    stage_label: Wording
    due_on: date | None
    why: str
    news: Wording | None = None


def news_of(cause: str | None, *, holds: bool) -> Wording:
    """What brought a report to somebody. `holds`: it is theirs to act on, not only to see to."""
    if cause == "mention":
        return _MENTIONED
    return _BROUGHT_BACK.get(cause or "", _NEWS) if holds else _NOBODY_THERE


@dataclass(frozen=True, slots=True)
class Reprimanded:
    name: str
    first_day: date
    last_day: date
    cases: Sequence["ReprimandedCase"]


class ReprimandedCase(NamedTuple):
    number: str
    agency: str  # that sits on the report
    title: str | None  # None: not for everybody


def escalations(
    to: Addressee, items: Sequence[Item], *, notifications: Sequence[UUID], sender: str, at: datetime
) -> EmailMessage:
    """One mail about one step or, as a digest, about many."""
    shown = [_shown(item, to.language) for item in items]
    if len(items) > 1:
        subject = _subject("digest", to.language, count=len(items))
    elif items[0].secret:
        subject = _subject("secret", to.language, number=items[0].number)
    else:
        words = {"number": items[0].number, "stage": shown[0]["stage"], "kind": shown[0]["kind"]}
        stageless = items[0].news is _MENTIONED or not words["stage"]
        subject = _subject("news" if stageless else "single", to.language, **words)
    context: dict[str, object] = {"name": to.name, "items": shown}
    return _mail(to, "escalations", subject, context, notifications, sender=sender, at=at)


def reprimand(
    to: Addressee, reprimanded: Reprimanded, *, notification: UUID, sender: str, at: datetime
) -> EmailMessage:
    """To a regional head: for what the region is reprimanded."""
    period = f"{day(reprimanded.first_day, to.language)} - {day(reprimanded.last_day, to.language)}"
    subject = _subject("reprimand", to.language, name=reprimanded.name, period=period)
    context: dict[str, object] = {"name": to.name, "cases": reprimanded.cases, "period": period}
    context["region"] = reprimanded.name
    return _mail(to, "reprimand", subject, context, (notification,), sender=sender, at=at)


def _subject(kind: str, language: Language, /, **words: object) -> str:
    return say(_SUBJECTS[kind], language).format(**words)


def _shown(item: Item, language: Language) -> Mapping[str, object]:
    if item.secret:
        return {"number": item.number, "secret": True, "to_do": say(_SECRET, language)}
    see_to_it = item.kind is StepKind.ESCALATION or item.stage not in TO_DO or item.news is _NOBODY_THERE
    to_do = [say(_SEE_TO_IT if see_to_it else TO_DO[item.stage], language)]
    if item.news is _MENTIONED:
        to_do = [say(_READ_IT, language)]
    if item.kind in (StepKind.BREACH, StepKind.ESCALATION):
        to_do.append(say(_ACKNOWLEDGE, language))
    return {
        "number": item.number,
        "secret": False,
        "stage": say(item.stage_label, language),
        "kind": say(item.news or _NEWS if item.kind is None else _KINDS[item.kind], language),
        "due": day(item.due_on, language) if item.due_on else None,
        "why": item.why,
        "to_do": " ".join(to_do),
    }


def _mail(
    to: Addressee, template: str, subject: str, context: dict[str, object], ids: Sequence[UUID], *, sender: str,
    at: datetime,
) -> EmailMessage:  # fmt: skip
    texts = {
        subtype: render(f"mail/{template}.{to.language.value}.{suffix}", context | {"subject": f"[LAPOR!] {subject}"})
        for suffix, subtype in (("txt", "plain"), ("html", "html"))
    }
    return compose(to, subject, texts, message_id=message_id(ids), sender=sender, at=at)


def message_id(ids: Sequence[UUID]) -> str:
    """The same for the same notifications: a mail that went out twice can be told by it."""
    digest = hashlib.sha256(b"".join(sorted(one.bytes for one in ids))).hexdigest()[:32]
    return str(ids[0]) if len(ids) == 1 else f"digest.{digest}"
