"""The columns of a report that its events speak of, in clear or by a digest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from intake_api.identities.sealing import COLUMNS, FIELDS, Identities
from services.audit.files import Entry, File, Findings, Found
from shared.domain.erasure import ERASED, NO_SALT
from shared.domain.lifecycle import Status
from shared.errors import Unavailable
from shared.log import digests
from shared.log.payloads.intake import ReportReceived, SlipMade
from shared.log.payloads.routing import (
    Classified,
    Locating,
    ReportHeld,
    ReportMerged,
    ReportUnmerged,
    ReportVerified,
    StatusEvent,
)
from shared.schema import Reporter

_APART = (ReportMerged, ReportUnmerged)


def in_clear(file: File) -> Findings:
    for column, said in expected(file.history).items():
        stored = file.report[column]
        if stored != said:
            yield Found(None, f"the stored {column} is {_plain(stored)}, its events make it {_plain(said)}")


def expected(history: Sequence[Entry]) -> dict[str, Any]:
    """The columns as the events leave them; one that they do not speak of is not named."""
    received = history[0]
    columns: dict[str, Any] = {
        "received_at": received.occurred_at,
        "recorded_at": received.recorded_at,
        "supervisory": False,
        "agency_code": None,
        "published_at": None,
        "held_from": None,
        "round": 1,
        "merged_into": None,
        "merged_from": None,
        "merged_at": None,
        "found_region_code": None,
        "set_region_code": None,
        "shown_region_code": None,
    }
    for event in history:
        columns |= _said(event)
        if (told := event.carries(StatusEvent)) is not None:
            columns |= _moved(told, columns, event.recorded_at)
    return columns


def _said(event: Entry) -> dict[str, Any]:
    """What an event says of the columns that it names, from then on."""
    said: dict[str, Any] = {}
    if (received := event.carries(ReportReceived)) is not None:
        said |= {"region_code": received.region, "channel": received.channel, "imported": received.imported}
    if (open_to := received or event.carries(ReportVerified)) is not None:
        said |= {"anonymous": open_to.anonymous, "secret": open_to.secret}
    if (locating := event.carries(Locating)) is not None and (located := locating.located) is not None:
        said |= {
            "found_region_code": located.found,
            "set_region_code": located.by_officer,
            "shown_region_code": located.shown,
        }
    if (classified := event.carries(Classified)) is not None:
        said["supervisory"] = classified.supervisory
    if (of_class := received or classified) is not None:
        said |= {
            "classification": of_class.classification,
            "category_code": of_class.category,
            "subject_code": of_class.subject,
        }
    return said


def _moved(told: StatusEvent, before: Mapping[str, Any], recorded_at: datetime) -> dict[str, Any]:
    """By a status event."""
    moved = told.moved
    after: dict[str, Any] = {
        "agency_code": moved.agency,
        "round": before["round"] if moved.round is None else moved.round,
        "published_at": moved.published_at,
    }
    if isinstance(told, ReportHeld):
        after["held_from"] = moved.came_from
    elif not isinstance(told, _APART):
        after["held_from"] = None
    if isinstance(told, ReportMerged):
        after |= {"merged_into": told.into, "merged_from": moved.came_from, "merged_at": recorded_at}
    elif moved.came_from is Status.MERGED:
        after |= {"merged_into": None, "merged_from": None, "merged_at": None}
    return after


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "none" if value is None else str(value)


_NAMES = {
    "access_code": "the access code",
    "account": "the account of the app that it belongs to",
    "origin": "the tracking number, the client, its reference or who entered it",
    "place": "the place, the day or the agency that the reporter named",
    "identity": "the reporter's name or contact",
    "title": "the verifier's title",
}


def by_digest(file: File, identities: Identities | None) -> Findings:
    """What nobody may read in the log. A salt that was replaced fits none of its digests."""
    received = file.history[0].carries(ReportReceived)
    if file.person_erased:
        yield from _erased(file)
        return
    if received is None or received.digest != digests.of_words(file.report):
        yield Found(1, "the reporter's title or body, or their salt, is not what was received")
    said: dict[str, str | None] = {"title": None}
    for event in file.history:
        said |= _digests(event)
    stored = digests.of_report(file.report)
    title = digests.of_verified_title(file.report["salt"], file.report["verified_title"])
    if "reporter" in said:  # received before names were sealed
        stored["identity"], said["identity"] = _in_clear(file, identities, said["reporter"]), said["reporter"]
    for name, digest in {**stored, "title": title}.items():
        if said.get(name, "") != digest:
            yield Found(None, f"{_NAMES[name]}, or the salt of it, is not what its events say")


#: Columns that an erasure empties.
_EMPTIED = (
    "location_text", "latitude", "longitude", "external_reference", "entered_by", "reporter_reference_hash", "name",
    "phone", "email", "national_id", *COLUMNS,
)  # fmt: skip


def _erased(file: File) -> Findings:
    """Of an erased report there is nothing to compare but that it is gone, and the access code."""
    report = file.report
    if (report["title"], report["body"], bytes(report["salt"])) != (ERASED, ERASED, NO_SALT):
        yield Found(None, "its events say that its words were erased, and they are there")
    if any(report[column] is not None for column in _EMPTIED):
        yield Found(None, "its events say that who reported was erased, and something of it is there")
    said: dict[str, str | None] = {}
    for event in file.history:
        said |= _digests(event)
    if said.get("access_code") != digests.of_report(report)["access_code"]:
        yield Found(None, f"{_NAMES['access_code']}, or the salt of it, is not what its events say")


def _in_clear(file: File, identities: Identities | None, said: str | None) -> str | None:
    """The digest of a name that may have been sealed since. Without the key it stays with what is said of it."""
    report = file.report
    if report["wrapped_key"] is None:
        return digests.of_reporter_in_clear(report)
    if identities is None:
        file.unopened = True
        return said
    columns = {name: report[name] for name in (*FIELDS, *COLUMNS)}
    try:
        opened = identities.open(Reporter(id=report["reporter_id"], **columns))
    except Unavailable as trouble:
        file.unopened = trouble.code == "identity_key_missing"
        return said if file.unopened else None
    return digests.of_reporter_in_clear({**report, **opened._asdict()})


def _digests(event: Entry) -> Mapping[str, str | None]:
    told = event.carries(ReportReceived) or event.carries(ReportVerified) or event.carries(SlipMade)
    return {} if told is None else told.digests
