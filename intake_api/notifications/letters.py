"""A mail or a short message to a reporter: what happened to their report; never a name, anybody's words, or an access
code.

Of a secret report nothing is said but that there is news of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from html import escape
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from intake_api.notifications.texting import fits_chat, fits_sms, fitted
from intake_api.notifications.writing import CHAT, FRAME, SECRET, BadTemplate, TemplateWords, Written, fill
from intake_api.timeline.parts import acting, because
from shared.domain import dates
from shared.domain.newer import code
from shared.domain.news import NewsKind
from shared.domain.regions import time_zone_of
from shared.domain.wording import Language
from shared.log.events import Event, EventType
from shared.log.payloads.routing import ReportResponded
from shared.mail import Addressee, compose
from shared.queries.agency_names import Names

#: The template of a name in a language, for an instansi or (None) the country; those to fall back on come after it.
Templates = Callable[[str, str, str | None], Sequence[TemplateWords]]


@dataclass(frozen=True, slots=True)
class Letter:
    """`templates`: by which each news of it was written."""

    message: EmailMessage
    templates: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """`templates`: by which each news of it was written."""

    text: str
    templates: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in one language, of one report."""

    templates: Templates
    instansi: Mapping[str, str]  #: of the agencies that hold the reports
    names: Names
    own_url: str
    sender: str

    def letter(
        self, rows: Sequence[Row[Any]], *, to: str, language: str, message_id: UUID, stop: str, at: datetime
    ) -> Letter:
        """All of these in one mail. Raises BadTemplate."""
        first, common = rows[0], self._common(rows[0])
        told, templates = self._told(rows, common, language)
        news = "\n\n".join(one.body for one in told)
        frame, _ = self._filled(FRAME, language, {**common, "news": news, "stop": stop})
        subject = told[0].subject if len(told) == 1 else frame.subject
        message = compose(
            Addressee("", to, code(Language, language)), subject,
            {"plain": f"{frame.body}\n", "html": _html(frame.body)},
            message_id=str(message_id), sender=self.sender, at=at, headers=self._headers(first.tracking_number, stop),
        )  # fmt: skip
        return Letter(message, templates)

    def sms(self, rows: Sequence[Row[Any]], *, language: str) -> ShortMessage:
        """As much as two text messages hold. Raises BadTemplate."""
        common = self._common(rows[0])
        told, templates = self._told(rows, common, language, short=True)

        def framed(news: str) -> str:
            return self._filled(FRAME, language, {**common, "news": news, "stop": ""}, short=True)[0].short or ""

        return ShortMessage(fitted(framed, [one.short or "" for one in told], fits_sms, between=" "), templates)

    def chat(self, rows: Sequence[Row[Any]], *, language: str) -> ShortMessage:
        """For WhatsApp: what a mail says, without what stands around it. Raises BadTemplate."""
        common = self._common(rows[0])
        told, templates = self._told(rows, common, language)

        def framed(news: str) -> str:
            return self._filled(CHAT, language, {**common, "news": news})[0].body

        return ShortMessage(fitted(framed, [one.body for one in told], fits_chat, between="\n\n"), templates)

    def _common(self, row: Row[Any]) -> Mapping[str, object]:
        return {"number": row.tracking_number, "link": f"{self.own_url}/r/{row.tracking_number}"}

    def _told(
        self, rows: Sequence[Row[Any]], common: Mapping[str, object], language: str, *, short: bool = False
    ) -> tuple[list[Written], dict[UUID, str]]:
        told, templates = [], {}
        for row in rows:
            written, words = self._news(row, common, language, short=short)
            templates[row.id] = words.called
            if written not in told:  # of a secret report all news is alike
                told.append(written)
        return told, templates

    def _news(
        self, row: Row[Any], common: Mapping[str, object], language: str, *, short: bool
    ) -> tuple[Written, TemplateWords]:
        if row.secret:
            return self._filled(SECRET, language, common, short=short)
        values = {**common, **_values(row, self.names, language)}
        return self._filled(row.kind, language, values, self.instansi.get(row.held_by), short=short)

    def _filled(
        self, name: str, language: str, values: Mapping[str, object], instansi: str | None = None, *,
        short: bool = False,
    ) -> tuple[Written, TemplateWords]:  # fmt: skip
        """Own words that fail are their writer's to mend; the next ones are told meanwhile. `short`: by words that have
        a short form. Raises BadTemplate.
        """
        chosen = self.templates(name, language, instansi)
        *others, last = (one for one in chosen if one.short is not None or not short)
        for words in others:
            try:
                return fill(words, values), words
            except BadTemplate:
                continue
        return fill(last, values), last

    def _headers(self, number: str, stop: str) -> Mapping[str, str]:
        """Each report is a list of its own: who wants no more of it still hears of others (RFC 2369, 2919, 8058)."""
        return {
            "List-Id": f"<{number}.{self.sender.rpartition('@')[2]}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }


def spoken(language: str) -> Language:
    """For days and reasons: whoever reads neither of our two languages reads Indonesian."""
    return Language.EN if language == Language.EN else Language.ID


def event_of_news(row: Row[Any]) -> Event:
    return Event(
        row.event_id, row.of_report_id, row.seq, code(EventType, row.type), row.occurred_at, row.recorded_at, row.actor,
        row.data,
    )  # fmt: skip


def agency_named(row: Row[Any]) -> str | None:
    """Who speaks, or gets the report."""
    event = event_of_news(row)
    if row.kind not in (NewsKind.PASSED_ON, NewsKind.ANSWERED, NewsKind.QUESTION):
        return None
    return (event.said.agency if event.said and row.kind != NewsKind.PASSED_ON else None) or acting(event)


def _values(row: Row[Any], names: Names, language: str) -> dict[str, object]:
    event, speaks = event_of_news(row), spoken(language)
    zone = time_zone_of(row.region_code)
    values: dict[str, object] = {"at": dates.instant(row.occurred_at.replace(second=0, microsecond=0), zone, speaks)}
    kind = row.kind
    if kind in (NewsKind.PASSED_ON, NewsKind.ANSWERED, NewsKind.QUESTION):
        values["agency"] = names.at(agency_named(row), row.occurred_at)
    if kind in (NewsKind.PASSED_ON, NewsKind.ANSWERED, NewsKind.CLOSED):
        values["followed"] = row.of_report_id != row.report_id
    if kind == NewsKind.ANSWERED:
        responded = event.carries(ReportResponded)
        values |= {"final": responded is None, "corrected": responded is not None and responded.corrects is not None}
    if kind == NewsKind.CLOSING_SOON:
        values |= {"until": dates.instant(row.due_at, row.time_zone, speaks), "ends": row.on_due}
    if kind in (NewsKind.ARCHIVED, NewsKind.EVIDENCE_REFUSED):
        values["reason"] = because(event, speaks)
    if kind == NewsKind.EVIDENCE_REFUSED:
        values["harmful"] = event.type is EventType.EVIDENCE_QUARANTINED
    if kind == NewsKind.MERGED:
        values["survivor"] = row.survivor
    return values


_LINK = re.compile(r"https?://[^\s<>\"]+")


def _html(text: str) -> str:
    """The same text, with paragraphs and links: nothing is loaded from anywhere."""
    paragraphs = (_paragraph(one) for one in re.split(r"\n{2,}", text.strip()))
    style = "font-family: sans-serif; line-height: 1.5"
    return f'<!DOCTYPE html><html><body style="{style}">{"".join(paragraphs)}</body></html>'


def _paragraph(text: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        parts += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return f"<p>{''.join((*parts, escape(text[end:])))}</p>".replace("\n", "<br>")
