"""Reports with the agency that was right for them, as files hold them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.domain.sheets import reading
from shared.domain.sheets.reading import Column

MOST_ROWS = 5_000_000
CATEGORIES = ("category", "topic")  #: what the report is about, where somebody sorted it; read for learning alone
_TEXT = ("teks", "a text")


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
    subject: str = ""
    received_at: datetime | None = None


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


COLUMNS = {
    "text": Column(str, _TEXT, names=("isi", "isi laporan")),
    "agency": Column(str, _TEXT, needed=True, names=("instansi", "opd")),
    "district": Column(str, _TEXT, names=("kecamatan",)),
    "village": Column(str, _TEXT, names=("desa", "kelurahan")),
    "received_at": Column(
        _instant,
        ("waktu seperti 2026-03-09T16:00:00Z", "an instant such as 2026-03-09T16:00:00Z"),
        names=("diterima", "tanggal diterima"),
    ),
    **{name: Column(str, _TEXT) for name in CATEGORIES},
}


def read_corpus(path: Path, *, subject: str | None = None) -> list[Row]:
    """All rows of a file, by time where every row has one. Raises BadCorpus.

    `subject`: the column of what the citizen picked.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadCorpus(f"{path} cannot be read: {error.strerror}.") from error
    columns = COLUMNS if subject is None else COLUMNS | {subject: Column(str, _TEXT)}
    needed = ("text", "agency") if subject is None else ("text", "agency", subject)
    sheet = reading.read_sheet(content, columns, needed, passing_over_others=True, most_lines=MOST_ROWS)
    if sheet.mistakes:
        first = sheet.mistakes[0]
        column = f", column {first.column}" if first.column else ""
        raise BadCorpus(f"{path}, line {first.line}{column}: {first.sentence[1]}")
    return in_order([_row(line.values, subject) for line in sheet.lines])


def _row(values: Mapping[str, Any], subject: str | None) -> Row:
    return Row(
        values["text"] or "",
        values["agency"],
        values.get("district") or "",
        values.get("village") or "",
        next((values[name] for name in CATEGORIES if values.get(name)), ""),
        (values[subject] or "") if subject is not None else "",
        values.get("received_at"),
    )


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
