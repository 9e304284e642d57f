"""Rows as answers, by who sees what. No I/O."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from routing_service.report.reading.schemas import (
    EventView,
    HolderView,
    LocationView,
    MergedView,
    MessageView,
    ReportView,
    ToldReporter,
    WorkItem,
)
from routing_service.report.rights import Sight
from shared.clock import to_the_minute
from shared.domain.lifecycle import is_public
from shared.domain.messages import BY_REPORTER, OFFICIAL, MessageKind
from shared.log.events import Event
from shared.log.payloads.routing import Locating
from shared.log.public_changes import Changes
from shared.queries.told import ToldOf

#: Words between the reporter and the officers: as private as the body.
_TALK = BY_REPORTER | {MessageKind.QUESTION, MessageKind.EXPLANATION}
#: Which messages somebody reads who does not see everything.
_READABLE = {
    Sight.PUBLIC: OFFICIAL,
    Sight.WORDLESS: frozenset(MessageKind) - _TALK - {MessageKind.IDENTITY_REASON},
    Sight.FULL: frozenset(MessageKind) - {MessageKind.IDENTITY_REASON},
}


#: Who is shown more of a report than everybody.
WORKS_ON_IT = frozenset({Sight.WORDLESS, Sight.FULL})


def work_item(row: Row[Any], *, secret_words: bool) -> WorkItem:
    return WorkItem(
        id=row.id, tracking_number=row.tracking_number, version=row.fact_seq, status=row.status,
        holder=_holder(row), agency=row.agency_code, title=title(row, words=secret_words or not row.secret),
        classification=row.classification, supervisory=row.supervisory, category=row.category_code,
        region=_region(row, words=secret_words or not row.secret), anonymous=row.anonymous, secret=row.secret,
        channel=row.channel, round=row.round, received_at=row.received_at, changed_at=row.changed_at, stage=row.stage,
        due_at=row.due_at, level=row.level,
        next=row.next, supports=row.supports,
    )  # fmt: skip


def _region(row: Row[Any], *, words: bool) -> str | None:
    """What was found in words that somebody may not read is not told them either."""
    code: str | None = row.about_region_code if words else row.region_code
    return code


def title(row: Row[Any], *, words: bool) -> str:
    """As verified. Before that it is what the reporter wrote; for who may not read that the number stands for it."""
    if row.verified_title or words:
        return str(row.verified_title or row.title)
    return f"Laporan {row.tracking_number}"


def report_view(row: Row[Any], sight: Sight, changes: Changes) -> ReportView:
    """`changes`: of the report as everybody sees it, where somebody sees no more."""
    if sight not in WORKS_ON_IT:
        return _public(row, changes)
    words = sight is Sight.FULL
    return ReportView(**_without_words(row, words=words), **(_words(row) if words else {}))


def _public(row: Row[Any], changes: Changes) -> ReportView:
    """As everybody may know it, with the status."""
    known = _always(row) | {"version": changes.version, "received_at": to_the_minute(row.received_at)}
    if is_public(row.status, secret=row.secret, published=row.published_at is not None):
        known |= {
            "title": row.public_title,  # none before its people are masked
            "region": row.seen_region_code,
            "agency": row.agency_code,
            "published_at": to_the_minute(row.published_at),
            "changed_at": changes.latest and to_the_minute(changes.latest),
        }
    return ReportView(**known)


def _always(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "tracking_number": row.tracking_number,
        "version": row.fact_seq,
        "status": row.status,
        "secret": row.secret,
        "received_at": row.received_at,
        "supports": row.supports,
    }


def _without_words(row: Row[Any], *, words: bool) -> dict[str, Any]:
    return _always(row) | {
        "title": title(row, words=words),
        "region": _region(row, words=words),
        "agency": row.agency_code,
        "holder": _holder(row),
        "held_from": row.held_from,
        "merged_into": row.merged_into,
        "merged_from": row.merged_from,
        "round": row.round,
        "classification": row.classification,
        "supervisory": row.supervisory,
        "category": row.category_code,
        "subject": row.subject_code,
        "anonymous": row.anonymous,
        "channel": row.channel,
        "imported": row.imported,
        "entered_by": row.entered_by,
        "external_reference": row.external_reference,
        "target_agency": row.target_agency_code,
        "published_at": row.published_at,
        "changed_at": row.changed_at,
    }


def _words(row: Row[Any]) -> dict[str, Any]:
    """What the reporter wrote."""
    return {
        "occurred_on": row.occurred_on,
        "reported_title": row.title,
        "body": row.body,
        "location": LocationView(
            text=row.location_text, latitude=row.latitude, longitude=row.longitude, region_code=row.region_code
        ),
    }


def merged_view(row: Row[Any], *, words: bool) -> MergedView:
    """`row`: of a report that is merged into the one that somebody reads."""
    return MergedView(
        id=row.id, tracking_number=row.tracking_number, title=title(row, words=words), received_at=row.received_at,
        merged_at=row.merged_at, merged_into=row.merged_into,
    )  # fmt: skip


def _holder(row: Row[Any]) -> HolderView:
    return HolderView(level=row.holder_level, agency=row.holder_agency_code)


#: What was found in the words of a report, or set by who has read them.
_FOUND = frozenset({"located", "region"})


def event_views(history: Iterable[Event], told: ToldOf, *, words: bool) -> list[EventView]:
    """The log is for those who work on the report; what others may know is in intake's timeline."""
    return [
        EventView(
            id=event.id, seq=event.seq, type=event.type.value, occurred_at=event.occurred_at,
            recorded_at=event.recorded_at, actor=event.actor, data=_told(event, words=words),
            told=[ToldReporter.model_validate(one) for one in told.get(event.id, ())],
        )
        for event in history
    ]  # fmt: skip


def _told(event: Event, *, words: bool) -> dict[str, Any]:
    if words or event.carries(Locating) is None:
        return dict(event.data)
    return {name: value for name, value in event.data.items() if name not in _FOUND}


def readable(sight: Sight, *, public: bool) -> frozenset[MessageKind]:
    """`public`: whether everybody may know what the report is about."""
    return frozenset() if sight is Sight.PUBLIC and not public else _READABLE[sight]


def message_views(rows: Iterable[Row[Any]], sight: Sight) -> list[MessageView]:
    """`rows`: of the kinds that are `readable`; those of its second source are of merged reports."""
    return [
        MessageView(
            id=row.id,
            kind=row.kind,
            body=row.words,
            author=row.author,
            agency=row.agency_code,
            created_at=to_the_minute(row.created_at) if sight is Sight.PUBLIC else row.created_at,
            corrects=row.corrects,
            corrected_by=row.corrected_by,
            co_reporter=row.source > 0,
            evidence=row.released_evidence if sight is Sight.PUBLIC else row.evidence,
        )
        for row in rows
    ]
