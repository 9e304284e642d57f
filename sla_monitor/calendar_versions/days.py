"""Amendments of a draft's days off, and what may be wrong with them, each mistake by its field."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from shared.errors import DomainError
from sla_monitor.calendar_versions.queries import DayKey
from sla_monitor.calendar_versions.schemas import DayChanges, DayOff, DayReference
from sla_monitor.calendars import DayKind


class DaysInvalid(DomainError):
    """Days off that cannot be taken; every error names its field."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "days_invalid"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        said = [f"{error['pointer']}: {error['message']}" for error in errors[:5]]
        more = [f"and {len(errors) - 5} more"] if len(errors) > 5 else []
        super().__init__(f"The days cannot be taken. {'; '.join(said + more)}")
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
    places: Collection[str]


def check_days(changes: DayChanges, known: Known, where: Mapping[int, str] | None = None) -> None:
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
            found.append(
                (
                    "province",
                    "a regional day off names its province (64), or its regency or city (64.09).",
                )
            )
        elif day.province not in known.places:
            found.append(("province", f"there is no province, regency or city {day.province}."))
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
