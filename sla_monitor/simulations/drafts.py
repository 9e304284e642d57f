"""The rules that a simulation tries: as they are asked for, as they are kept until it has run."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sla_monitor import policy_documents
from sla_monitor.calendar_versions.days import DaysInvalid, Known, check_days, key
from sla_monitor.calendar_versions.schemas import DayChanges
from sla_monitor.calendars import Calendar, DayKind, Name
from sla_monitor.policy import Policy
from sla_monitor.policy_documents import PolicyInvalid

Names = dict[date, Name]


def policy(document: Mapping[str, Any]) -> Policy:
    """As if it were active, and in force for every report of the period. Raises PolicyInvalid."""
    try:
        return policy_documents.parse_policy({**document, "active": True, "effective_from": None})
    except PolicyInvalid as error:
        errors = [{**one, "pointer": f"/policy{one['pointer'].rstrip('/')}"} for one in error.errors]
        raise PolicyInvalid(str(document.get("code", "without a code")), errors) from None


def amended(calendar: Calendar, changes: DayChanges, known_places: Iterable[str]) -> Calendar:
    """Without the days that are removed, with those that are added. Raises DaysInvalid with every mistake at once."""
    places = _places(calendar)
    known = Known(
        years=calendar.years,
        days=[(day, kind, place) for (kind, place), days in places.items() for day in days],
        places=frozenset(known_places),
    )
    try:
        check_days(changes, known)
    except DaysInvalid as error:
        raise DaysInvalid([{**one, "pointer": f"/calendar{one['pointer']}"} for one in error.errors]) from None
    for gone in changes.remove:
        day, kind, place = key(gone)
        del places[kind, place][day]
    for added in changes.add:
        day, kind, place = key(added)
        places.setdefault((kind, place), {})[day] = Name(added.name.id, added.name.en)
    return _with(calendar, places)


def _places(calendar: Calendar) -> dict[tuple[str, str], Names]:
    """The days off by kind and province."""
    national = {
        (DayKind.HOLIDAY.value, ""): dict(calendar.holidays),
        (DayKind.CUTI_BERSAMA.value, ""): dict(calendar.cuti_bersama),
    }
    return national | {(DayKind.REGIONAL.value, place): dict(days) for place, days in calendar.regional.items()}


def _with(calendar: Calendar, places: Mapping[tuple[str, str], Names]) -> Calendar:
    return replace(
        calendar,
        name=f"{calendar.name}, amended",
        holidays=places[DayKind.HOLIDAY.value, ""],
        cuti_bersama=places[DayKind.CUTI_BERSAMA.value, ""],
        regional={place: days for (kind, place), days in places.items() if kind == DayKind.REGIONAL.value},
    )


def as_json(calendar: Calendar) -> dict[str, Any]:
    return {
        "name": calendar.name,
        "first_year": calendar.first_year,
        "last_year": calendar.last_year,
        "complete_years": sorted(calendar.complete_years),
        "weekend": sorted(calendar.weekend),
        "days": [
            [kind, place, day.isoformat(), name.id, name.en]
            for (kind, place), days in _places(calendar).items()
            for day, name in days.items()
        ],
    }


def from_json(content: Mapping[str, Any]) -> Calendar:
    places: dict[tuple[str, str], Names] = {(DayKind.HOLIDAY.value, ""): {}, (DayKind.CUTI_BERSAMA.value, ""): {}}
    for kind, place, day, name_id, name_en in content["days"]:
        places.setdefault((kind, place), {})[date.fromisoformat(day)] = Name(name_id, name_en)
    bare = Calendar(
        name=content["name"],
        first_year=content["first_year"],
        last_year=content["last_year"],
        complete_years=frozenset(content["complete_years"]),
        weekend=frozenset(content["weekend"]),
    )
    return replace(_with(bare, places), name=content["name"])
