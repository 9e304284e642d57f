"""Reports with the agency that was right for them, as files hold them."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean

from shared.domain.sheets import reading
from shared.domain.sheets.reading import Column

MOST_ROWS = 5_000_000
SEED = 20261121
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
    """All rows of a file, in order. Raises BadCorpus.

    `subject`: the column of what the citizen picked.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadCorpus(f"{path} cannot be read: {error.strerror}.") from error
    picked = [] if subject is None else [subject]
    columns = COLUMNS | {name: Column(str, _TEXT) for name in picked}
    needed = ["text", "agency", *picked]
    sheet = reading.read_sheet(content, columns, needed, passing_over_others=True, most_lines=MOST_ROWS)
    if sheet.mistakes:
        first = sheet.mistakes[0]
        column = f", column {first.column}" if first.column else ""
        raise BadCorpus(f"{path}, line {first.line}{column}: {first.sentence[1]}")
    cells = [{name: value for name, value in line.values.items() if value is not None} for line in sheet.lines]
    return in_order(
        [
            Row(
                text=one.get("text", ""),
                agency=one["agency"],
                district=one.get("district", ""),
                village=one.get("village", ""),
                category=next((one[name] for name in CATEGORIES if name in one), ""),
                subject=one.get(subject or "", ""),
                received_at=one.get("received_at"),
            )
            for one in cells
        ]
    )


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By time where every row has one, else as they stand, since files grow at their end.

    A file without times that is sorted by agency is shuffled: its last part would hold nothing of the agencies before.
    Neighbours in it are of one agency far oftener than chance and bursts of like reports make them.
    """
    timed = [(row.received_at, row) for row in rows if row.received_at is not None]
    if len(timed) == len(rows):
        return [row for _, row in sorted(timed, key=lambda one: one[0])]
    alike = fmean(one.agency == other.agency for one, other in pairwise(rows)) if len(rows) > 1 else 0.0
    by_chance = sum((count / len(rows)) ** 2 for count in Counter(row.agency for row in rows).values())
    return list(rows) if alike <= (1 + by_chance) / 2 else random.Random(SEED).sample(list(rows), len(rows))


def without(rows: Sequence[Row], known: Iterable[Row]) -> list[Row]:
    """Those whose text is none of the known ones, which may differ in blanks and capitals."""
    seen = {_same(row) for row in known}
    return [row for row in rows if _same(row) not in seen]


def _same(row: Row) -> str:
    return " ".join(row.text.lower().split())
