"""Reports with the agency that was right for them, as files of comma-separated values hold them."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NEEDED = ("text", "agency")
PLACES = ("district", "village")
TIME = "received_at"
CATEGORIES = ("category", "topic")  #: what the report is about, where somebody sorted it; read for learning alone
LONGEST_FIELD = 1_000_000  #: characters


class BadCorpus(ValueError):
    """A file that is not what it should be; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """`text` is as it was written. Names of places are '' where nobody gave them."""

    text: str
    agency: str
    district: str = ""
    village: str = ""
    category: str = ""
    received_at: datetime | None = None


def read(path: Path) -> list[Row]:
    """All rows of a file, by time where every row has one. Raises BadCorpus."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_rows(path, file))
    except UnicodeDecodeError as error:
        raise BadCorpus(f"{path} is not UTF-8: save it as UTF-8.") from error
    except OSError as error:
        raise BadCorpus(f"{path} cannot be read: {error.strerror}.") from error
    except csv.Error as error:
        raise BadCorpus(f"{path} is no file of comma-separated values: {error}.") from error
    if not rows:
        raise BadCorpus(f"{path} holds no report.")
    return in_order(rows)


def _rows(path: Path, lines: Iterable[str]) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(lines)
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise BadCorpus(f"{path} has no column {missing[0]}: its first line must name the columns text and agency.")
    for entry in reader:
        where = f"{path}, line {reader.line_num}"
        values = {name: (entry.get(name) or "").strip() for name in (*NEEDED, *PLACES, TIME, *CATEGORIES)}
        if not values["agency"]:
            raise BadCorpus(f"{where}: the column agency is empty.")
        yield Row(
            entry["text"] or "",
            values["agency"],
            values["district"],
            values["village"],
            next((values[name] for name in CATEGORIES if values[name]), ""),
            _instant(values[TIME], where),
        )


def _instant(value: str, where: str) -> datetime | None:
    if not value:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadCorpus(f"{where}: received_at is no date such as 2026-03-09T16:00:00Z.") from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By time where every row has one, else as they come."""
    timed = [(row.received_at, row) for row in rows if row.received_at is not None]
    if len(timed) < len(rows):
        return list(rows)
    return [row for _, row in sorted(timed, key=lambda one: one[0])]


def without(rows: Sequence[Row], known: Iterable[Row]) -> list[Row]:
    """Those whose text is none of the known ones: who has seen a text before is not asked for it again."""
    seen = {same_text(row.text) for row in known}
    return [row for row in rows if same_text(row.text) not in seen]


def same_text(text: str) -> str:
    """Equal for texts that differ in blanks and capitals alone."""
    return " ".join(text.lower().split())
