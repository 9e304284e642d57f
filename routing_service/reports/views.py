"""Rows as answers, by who sees what. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from routing_service.reports.schemas import EventView, HolderView, LocationView, MessageView, ReportView, WorkItem
from routing_service.rights import Sight
from shared.events import Event
from shared.lifecycle import is_public
from shared.messages import BY_REPORTER, OFFICIAL, MessageKind

#: Words between the reporter and the officers: as private as the body.
_TALK = BY_REPORTER | {MessageKind.QUESTION}
#: Which messages somebody reads who does not see everything.
_READABLE = {
    Sight.PUBLIC: OFFICIAL,
    Sight.WORDLESS: frozenset(MessageKind) - _TALK - {MessageKind.IDENTITY_REASON},
    Sight.FULL: frozenset(MessageKind) - {MessageKind.IDENTITY_REASON},
}


def work_item(row: Row[Any]) -> WorkItem:
    return WorkItem(
        id=row.id, tracking_number=row.tracking_number, version=row.fact_seq, status=row.status,
        holder=_holder(row), agency=row.agency_code, title=row.verified_title or row.title,
        classification=row.classification, supervisory=row.supervisory, category=row.category_code,
        region=row.region_code, anonymous=row.anonymous, secret=row.secret, channel=row.channel, round=row.round,
        received_at=row.received_at, changed_at=row.changed_at, stage=row.stage, due_at=row.due_at, level=row.level,
        supports=row.supports,
    )  # fmt: skip


def report(row: Row[Any], sight: Sight) -> ReportView:
    if sight in (Sight.NOTHING, Sight.PUBLIC):
        return _public(row)
    return ReportView(**_without_words(row), **(_words(row) if sight is Sight.FULL else {}))


def _public(row: Row[Any]) -> ReportView:
    known = _always(row)
    if is_public(row.status, secret=row.secret, published=row.published_at is not None):
        known |= {
            "title": row.public_title,  # none before its people are masked
            "region": row.region_code,
            "agency": row.agency_code,
            "published_at": row.published_at,
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


def _without_words(row: Row[Any]) -> dict[str, Any]:
    return _always(row) | {
        "title": row.verified_title or row.title,
        "region": row.region_code,
        "agency": row.agency_code,
        "holder": _holder(row),
        "held_from": row.held_from,
        "merged_into": row.merged_into,
        "merged_from": row.merged_from,
        "round": row.round,
        "classification": row.classification,
        "supervisory": row.supervisory,
        "category": row.category_code,
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


def _holder(row: Row[Any]) -> HolderView:
    return HolderView(level=row.holder_level, agency=row.holder_agency_code)


def events(history: Iterable[Event], sight: Sight) -> list[EventView]:
    """The log is for those who work on the report; what others may know is in intake's timeline."""
    if sight is Sight.PUBLIC:
        return []
    return [
        EventView(
            id=event.id, seq=event.seq, type=event.type.value, occurred_at=event.occurred_at,
            recorded_at=event.recorded_at, actor=event.actor, data=dict(event.data),
        )
        for event in history
    ]  # fmt: skip


def messages(
    rows: Sequence[Row[Any]], sight: Sight, *, public: bool, merged: Sequence[Row[Any]] = ()
) -> list[MessageView]:
    """`merged`: what the reporters of merged reports said, which is for those who read the report's own words."""
    own = _messages(rows, sight, public=public)
    if not merged or sight is not Sight.FULL:
        return own
    others = [one.model_copy(update={"co_reporter": True}) for one in _messages(merged, sight, public=public)]
    return sorted([*own, *others], key=lambda one: (one.created_at, one.id))


def _messages(rows: Sequence[Row[Any]], sight: Sight, *, public: bool) -> list[MessageView]:
    if sight is Sight.PUBLIC and not public:
        return []
    readable = _READABLE[sight]
    return [
        MessageView(
            id=row.id, kind=row.kind, body=body, author=row.author, agency=row.agency_code, created_at=row.created_at
        )
        for row in rows
        if row.kind in readable and (body := row.public_body if sight is Sight.PUBLIC else row.body) is not None
    ]
