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


def event_hash(previous: bytes, event: Any) -> bytes:
    line = "|".join(
        str(part)
        for part in (
            1,
            event["id"],
            event["report_id"],
            event["seq"],
            event["type"],
            microseconds(event["occurred_at"]),
            microseconds(event["recorded_at"]),
            event["actor"],
            event["data"],
        )
    )
    return hashlib.sha256(previous + line.encode("utf-8")).digest()


def digest(salt: str, *words: str) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + "\x1f".join(words).encode("utf-8")).hexdigest()


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


def main() -> None:
    lines = (HERE / "chain.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    found = list(broken_links(events)) or list(changed_words(events))
    if found:
        sys.exit("NOT INTACT: " + "; ".join(found))
    sys.stdout.write(f"Intact: {len(events)} events, the last hash is {events[-1]['hash']}\n")


if __name__ == "__main__":
    main()
