"""Local limits as a file: CSV or XLSX, as spreadsheets write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from shared.domain.sheets import cells, reading
from shared.domain.sheets.mistakes import Mistake
from shared.domain.sheets.reading import Column
from shared.errors import DomainError
from shared.http.wire import Code, ShortText
from sla_monitor.agency_limits.schemas import LimitBody

_STAGES = {
    "verification": "verification",
    "verifikasi": "verification",
    "disposition": "disposition",
    "disposisi": "disposition",
    "first response": "first_response",
    "jawaban pertama": "first_response",
    "tindak lanjut pertama": "first_response",
    "resolution": "resolution",
    "penyelesaian": "resolution",
}
_CODE: TypeAdapter[str] = TypeAdapter(Code)
_TEXT: TypeAdapter[str] = TypeAdapter(ShortText)


def _days(text: str) -> int:
    """0 withdraws the limit."""
    if not text.isascii() or not text.isdigit() or int(text) > 3_650:
        raise ValueError("no number of days")
    return int(text)


COLUMNS = {
    "agency": Column(
        _CODE.validate_python,
        ("kode instansi", "the code of an agency"),
        needed=True,
        names=("instansi", "kode instansi", "opd", "kode opd"),
    ),
    "stage": Column(
        cells.word_of(_STAGES),
        (
            "salah satu dari verification (verifikasi), disposition (disposisi), first_response (jawaban pertama), "
            "resolution (penyelesaian)",
            "one of verification, disposition, first_response, resolution",
        ),
        needed=True,
        names=("tahap",),
    ),
    "days": Column(
        _days,
        ("jumlah hari, atau 0 untuk mencabut batas", "a number of days, or 0 to withdraw the limit"),
        needed=True,
        names=("hari", "jumlah hari", "batas"),
    ),
    "legal_basis": Column(
        _TEXT.validate_python,
        ("teks paling banyak 500 huruf", "a text of at most 500 characters"),
        names=("dasar hukum", "dasar"),
    ),
}


@dataclass(frozen=True, slots=True)
class LimitLine:
    """`body` is None where the limit is withdrawn."""

    number: int
    agency: str
    stage: str
    body: LimitBody | None


class LimitsInvalid(DomainError):
    """A file of limits that cannot be taken; every error names its line and column."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "limits_invalid"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(f"The file has {len(errors)} mistakes and nothing was written; see `errors`.")
        self._errors = errors

    @property
    def errors(self) -> list[dict[str, str]]:
        return self._errors


def read_limits(content: bytes) -> list[LimitLine]:
    """Raises LimitsInvalid with every mistake at once."""
    sheet = reading.read_sheet(content, COLUMNS, ("agency", "stage", "days"))
    mistakes = [*sheet.mistakes, *_doubles(sheet.lines)]
    if mistakes:
        raise LimitsInvalid([mistake.error for mistake in sorted(mistakes, key=lambda one: one.line)])
    return [_line(line.number, line.values) for line in sheet.lines]


def _doubles(lines: Sequence[reading.Line]) -> list[Mistake]:
    first: dict[tuple[str, str], int] = {}
    found = []
    for line in lines:
        other = first.setdefault((line.values["agency"], line.values["stage"]), line.number)
        if other != line.number:
            found.append(Mistake(line.number, "agency", "double_line", {"other": str(other)}))
    return found


def _line(number: int, values: Any) -> LimitLine:
    days = values["days"]
    body = LimitBody(days=days, legal_basis=values.get("legal_basis")) if days else None
    return LimitLine(number, values["agency"], values["stage"], body)
