"""Amendments of a draft's days off: as CSV, and what may be wrong with them, each mistake by its field."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from shared.errors import DomainError
from sla_monitor.calendar_versions.queries import DayKey
from sla_monitor.calendar_versions.schemas import DayChanges, DayOff, DayReference
from sla_monitor.calendars import DayKind

COLUMNS = ("date", "kind", "province", "name_id", "name_en")
MOST_ROWS = 2000


class DaysInvalid(DomainError):
    """Days off that cannot be taken; every error names its field."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "days_invalid"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        said = "; ".join(f"{error['pointer']}: {error['message']}" for error in errors[:5])
        more = f" (and {len(errors) - 5} more)" if len(errors) > 5 else ""
        super().__init__(f"The days cannot be taken. {said}{more}")
        self._errors = errors

    @property
    def errors(self) -> list[dict[str, str]]:
        return self._errors


def _error(pointer: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "message": message}


def key(day: DayReference) -> DayKey:
    return day.date, day.kind.value, day.province or ""


def row(day: DayOff) -> dict[str, Any]:
    name = {"name_id": day.name.id, "name_en": day.name.en}
    return {"day": day.date, "kind": day.kind.value, "province": day.province or "", **name}


@dataclass(frozen=True, slots=True)
class Known:
    """What a draft has, and what there is."""

    years: Collection[int]
    days: Collection[DayKey]
    provinces: Collection[str]


def check(changes: DayChanges, known: Known, where: Mapping[int, str] | None = None) -> None:
    """Raises DaysInvalid with every mistake at once. `where`: the pointers of added and removed days of a CSV file."""
    errors = []
    places = where or {}
    stored = set(known.days)
    for number, gone in enumerate(changes.remove):
        pointer = places.get(id(gone), f"/remove/{number}")
        if key(gone) not in stored:
            errors.append(_error(f"{pointer}/date", f"the draft has no such day off on {gone.date}."))
        stored.discard(key(gone))
    for number, day in enumerate(changes.add):
        pointer = places.get(id(day), f"/add/{number}")
        errors += [_error(f"{pointer}/{field}", message) for field, message in _mistakes(day, known, stored)]
        stored.add(key(day))
    if errors:
        raise DaysInvalid(errors)


def _mistakes(day: DayOff, known: Known, stored: Collection[DayKey]) -> list[tuple[str, str]]:
    found = []
    if day.date.year not in known.years:
        first, last = min(known.years), max(known.years)
        found.append(("date", f"{day.date} lies outside the years of this version, {first} to {last}."))
    if day.kind is DayKind.REGIONAL:
        if day.province is None:
            found.append(("province", "a regional day off names its province, such as 64."))
        elif day.province not in known.provinces:
            found.append(("province", f"there is no province {day.province}."))
    elif day.province is not None:
        found.append(("province", f"a {day.kind.value} holds everywhere; leave the province out."))
    if any((day.date, kind, day.province or "") in stored for kind in _same_place(day.kind)):
        found.append(("date", f"{day.date} is a day off already; it is named twice, or remove the other first."))
    return found


def _same_place(kind: DayKind) -> tuple[str, ...]:
    """The kinds that a day cannot be at once."""
    if kind is DayKind.REGIONAL:
        return (kind.value,)
    return (DayKind.HOLIDAY.value, DayKind.CUTI_BERSAMA.value)


def from_csv(content: bytes) -> tuple[DayChanges, dict[int, str]]:
    """The changes that a file describes, and on which line each stands. Raises DaysInvalid.

    Columns: date, kind, province, name_id, name_en, and optionally action (add or remove).
    """
    rows = _rows(content)
    add: list[DayOff] = []
    remove: list[DayReference] = []
    places: dict[int, str] = {}
    errors: list[dict[str, str]] = []
    for line, fields in rows:
        try:
            day = _day(fields)
        except ValidationError as error:
            errors += [_error(f"/{line}/{_column(one['loc'])}", _message(one)) for one in error.errors()]
        except ValueError as error:
            errors.append(_error(f"/{line}/action", f"{error}."))
        else:
            places[id(day)] = f"/{line}"
            if isinstance(day, DayOff):
                add.append(day)
            else:
                remove.append(day)
    if errors:
        raise DaysInvalid(errors)
    return DayChanges.model_construct(add=add, remove=remove), places


def _rows(content: bytes) -> Sequence[tuple[int, Mapping[str, str | None]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DaysInvalid([_error("/", "the file is not UTF-8 text.")]) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="too_many")
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        rows = [(reader.line_num, fields) for fields in reader] if not missing else []
    except csv.Error as error:
        raise DaysInvalid([_error(f"/{reader.line_num + 1}", f"the line cannot be read: {error}.")]) from None
    if missing:
        raise DaysInvalid([_error("/1", f"the first line names the columns; missing: {', '.join(missing)}.")])
    if not 0 < len(rows) <= MOST_ROWS:
        raise DaysInvalid([_error("/", f"a file has 1 to {MOST_ROWS} days, this one has {len(rows)}.")])
    return rows


def _day(fields: Mapping[str, str | None]) -> DayOff | DayReference:
    said = {name: (value or "").strip() for name, value in fields.items() if isinstance(value, str) or value is None}
    reference = {"date": said["date"], "kind": said["kind"], "province": said["province"] or None}
    action = said.get("action") or "add"
    if action == "remove":
        return DayReference.model_validate(reference)
    if action != "add":
        raise ValueError("the action is add or remove")
    return DayOff.model_validate({**reference, "name": {"id": said["name_id"], "en": said["name_en"]}})


def _column(location: tuple[int | str, ...]) -> str:
    return "_".join(str(part) for part in location)


def _message(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:] + "."
