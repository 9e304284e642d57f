"""Verifies the package that it lies in: the chain of events, and that the words are those of the events.

Needs nothing but Python 3.8. Exits with 1 and says where, if something was changed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035

HERE = Path(__file__).resolve().parent
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017


def load(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def microseconds(instant: str) -> int:
    return (datetime.fromisoformat(instant) - EPOCH) // timedelta(microseconds=1)


def framed(*fields: str) -> bytes:
    """Each with its length in front, so that none can run over into the next."""
    encoded = (field.encode("utf-8") for field in fields)
    return b"".join(str(len(field)).encode() + b":" + field for field in encoded)


def event_hash(previous: bytes, event: Any) -> bytes:
    parts = (
        2,
        event["id"],
        event["report_id"],
        event["seq"],
        event["type"],
        microseconds(event["occurred_at"]),
        microseconds(event["recorded_at"]),
        event["actor"],
        event["data"],
    )
    line = framed(*(str(part) for part in parts))
    return hashlib.sha256(previous + line).digest()


def digest(salt: str, *words: str) -> str:
    prefix = str(len(salt) // 2).encode() + b":" + bytes.fromhex(salt)
    return hashlib.sha256(prefix + framed(*words)).hexdigest()


def broken_links(events: list[Any]) -> Iterator[str]:
    previous = bytes(32)
    for number, event in enumerate(events, 1):
        if event["seq"] != number:
            yield f"event {number} is missing"
        if event["previous_hash"] != previous.hex() or event["hash"] != event_hash(previous, event).hex():
            yield f"event {event['seq']} was changed"
        previous = bytes.fromhex(event["hash"])


def changed_words(events: list[Any]) -> Iterator[str]:
    report = load("report.json")
    said = {one["id"]: digest(one["salt"], one["text"]) for one in load("messages.json")["items"]}
    for event in events:
        data = json.loads(event["data"])
        words = digest(report["salt"], report["title"], report["body"])
        if event["type"] == "report.received" and data.get("digest", words) != words:
            yield "the title or the body of the report was changed"
        if data.get("message") in said and data.get("digest") != said[data["message"]]:
            yield f"the message of event {event['seq']} was changed"
    titles = [title for event in events if (title := json.loads(event["data"]).get("digests", {}).get("title"))]
    if titles and titles[-1] != digest(report["salt"], "title", report["verified_title"] or ""):
        yield "the title that the verifier gave was changed"


def main() -> None:
    lines = (HERE / "chain.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    found = list(broken_links(events)) or list(changed_words(events))
    if found:
        sys.exit("NOT INTACT: " + "; ".join(found))
    sys.stdout.write(f"Intact: {len(events)} events, the last hash is {events[-1]['hash']}\n")


if __name__ == "__main__":
    main()
