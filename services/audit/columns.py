"""The columns of a report that its events speak of, in clear or by a digest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.audit.files import Entry, File, Findings, Found
from shared.log import digests

#: What an event of the report says under the name on the left is this column from then on.
_SAID = {
    "classification": "classification",
    "supervisory": "supervisory",
    "category": "category_code",
    "subject": "subject_code",
    "anonymous": "anonymous",
    "secret": "secret",
    "region": "region_code",
    "channel": "channel",
    "imported": "imported",
}
_APART = frozenset({"report.merged", "report.unmerged"})


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
    }
    for event in history:
        if event.type.startswith("report."):
            columns |= {column: event.data[name] for name, column in _SAID.items() if name in event.data}
        if "to" in event.data:
            columns |= _moved(event, columns)
    return columns


def _moved(event: Entry, before: Mapping[str, Any]) -> dict[str, Any]:
    """By a status event."""
    data = event.data
    after: dict[str, Any] = {"agency_code": data.get("agency"), "round": data.get("round", before["round"])}
    if "published_at" in data:
        published = data["published_at"]
        after["published_at"] = published and datetime.fromisoformat(published)
    if event.type == "report.held":
        after["held_from"] = data["from"]
    elif event.type not in _APART:
        after["held_from"] = None
    if event.type == "report.merged":
        after |= {"merged_into": UUID(data["into"]), "merged_from": data["from"], "merged_at": event.recorded_at}
    elif data["from"] == "merged":
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
    "reporter": "the reporter's name or contact",
    "title": "the verifier's title",
}


def by_digest(file: File) -> Findings:
    """What nobody may read in the log. A salt that was replaced fits none of its digests."""
    received = file.history[0].data
    if received.get("digest", "") != digests.of_words(file.report):
        yield Found(1, "the reporter's title or body, or their salt, is not what was received")
    said: dict[str, str | None] = {"title": None}
    for event in file.history:
        said |= event.data.get("digests", {})
    stored = digests.of_report(file.report)
    title = digests.of_verified_title(file.report["salt"], file.report["verified_title"])
    for name, digest in {**stored, "title": title}.items():
        if said.get(name, "") != digest:
            yield Found(None, f"{_NAMES[name]}, or the salt of it, is not what its events say")
