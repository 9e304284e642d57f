"""What each kind of file would do to the registry. Pure.

A line about something that is there changes what the file has columns for, an empty cell takes the value away; what
the file has no columns for stays, and so does what must have a value (`active`, a language). Parents may come later in
the file than what is below them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from routing_service.registry.delegation.part import RegistryPart, Trespass
from routing_service.registry.imports.changes import look_alikes
from routing_service.registry.imports.mistakes import RegistryMistake
from routing_service.registry.imports.parents import downwards, in_loops
from routing_service.registry.imports.plan import Plan, Row
from routing_service.registry.levels import level_of
from routing_service.registry.tree import upwards
from shared.domain.officers import NATIONAL, OF_INSTANSI
from shared.domain.regions import time_zone_of
from shared.domain.sheets.mistakes import Mistake
from shared.domain.sheets.reading import Line, Sheet
from shared.domain.wording import Language

_CONTACTS = ("phone", "email", "address", "website")


@dataclass(frozen=True, slots=True)
class KnownAgencies:
    stored: Mapping[str, Row]  #: those that the file names
    parents: Mapping[str, str | None]  #: of all
    zones: Mapping[str, str]  #: of all
    names: Mapping[str, str]  #: of all
    successors: Mapping[str, str]  #: of all that have one
    regions: frozenset[str]  #: those of the file that there are
    coordinating: frozenset[str]  #: instansi whose coordinator holds open reports
    part: RegistryPart | None = None  #: of the registry that the file is for; None: all of it


def plan_agencies(sheet: Sheet, known: KnownAgencies) -> Plan:
    plan = Plan(mistakes=list(sheet.mistakes))
    lines = _once(sheet, plan, lambda values: values.get("code"), "code")
    rows = {code: _agency(line, known.stored.get(code)) for code, line in lines.items()}
    parents = {**known.parents, **{code: row["parent_code"] for code, row in rows.items()}}
    successors = {**known.successors, **{code: row["successor_code"] for code, row in rows.items()}}
    loops = in_loops(parents), in_loops(successors)
    named = _broken(sheet) | parents.keys()
    part = known.part and known.part.with_new(rows.keys() - known.stored.keys())
    for code, line in lines.items():
        # What is wrong with somebody else's agency is not for everybody: whether it holds reports, say.
        beyond = _trespasses(line, part.of_agency(known.stored.get(code), rows[code])) if part is not None else ()
        plan.mistakes += list(beyond) or list(_of_agency(line, rows[code], known, named, loops, sheet))
    if not plan.mistakes:
        zones = dict(known.zones)
        for code in downwards(rows, parents):
            row = rows[code]
            if row["time_zone"] is None:
                row["time_zone"] = _zone(row, zones)
            zones[code] = row["time_zone"]
            plan.take(lines[code], row, known.stored.get(code))
        plan.moved = [code for code in rows if _root(code, known.parents) not in (None, _root(code, parents))]
    new = {code: (lines[code].number, row["name"]) for code, row in rows.items() if code not in known.stored}
    plan.notes += look_alikes(new, known.names)
    return plan


def _trespasses(line: Line, found: Iterable[Trespass]) -> Iterator[Mistake]:
    yield from (RegistryMistake(line.number, one.column, one.code, one.values) for one in found)


def _root(code: str, parents: Mapping[str, str | None]) -> str | None:
    return upwards(code, parents.get)[-1] if code in parents else None


def _broken(sheet: Sheet) -> set[str]:
    """Codes of lines with mistakes: others may name them."""
    return {values["code"] for values in sheet.broken.values() if values.get("code") is not None}


def _zone(row: Row, zones: Mapping[str, str]) -> str:
    return time_zone_of(row["region_code"]) if row["region_code"] else zones.get(row["parent_code"], time_zone_of(None))


_AGENCY_COLUMNS = {"parent": "parent_code", "region": "region_code", "successor": "successor_code"}
_NEW_AGENCY: Row = {
    "name": None, "short_name": None, "kind": None, "level": None, "parent_code": None, "region_code": None,
    "time_zone": None, "duties": [], "contacts": {}, "valid_from": None, "valid_until": None, "successor_code": None,
    "active": True, "own_verification": False, "automatic_assignment": False,
}  # fmt: skip
_SWITCHES = ("own_verification", "automatic_assignment")


def _agency(line: Line, stored: Row | None) -> Row:
    """As it would be stored; the time zone is None where it follows from what stands above."""
    given = {_AGENCY_COLUMNS.get(name, name): value for name, value in line.values.items() if name not in _CONTACTS}
    row = {**_NEW_AGENCY, **(stored or {}), **given}
    contacts = dict(row["contacts"])
    for name in _CONTACTS:
        if name in line.values:
            contacts.pop(name, None)
            contacts |= {} if line.values[name] is None else {name: line.values[name]}
    row["contacts"] = contacts
    row["duties"] = row["duties"] or []
    if stored is not None and sorted(stored["duties"]) == sorted(row["duties"]):
        row["duties"] = stored["duties"]  # in another order they are the same
    row["active"] = _kept("active", given, stored, True)
    for switch in _SWITCHES:
        row[switch] = _kept(switch, given, stored, False)
    if row["kind"] is not None:
        row["level"] = _level(row, given, stored)
    return row


def _kept(name: str, given: Mapping[str, Any], stored: Row | None, otherwise: Any) -> Any:
    """Of what must have a value: an empty cell leaves it as it is."""
    before = otherwise if stored is None else stored[name]
    return before if given.get(name) is None else given[name]


def _level(row: Row, given: Row, stored: Row | None) -> str:
    """One that was chosen stays; one that followed from the kind goes on doing so."""
    chosen = stored is not None and "level" not in given and stored["level"] != _follows(stored)
    return str(row["level"]) if chosen or given.get("level") is not None else _follows(row)


def _follows(row: Row) -> str:
    return level_of(row["kind"], root=row["parent_code"] is None, region=row["region_code"]).value


def _of_agency(
    line: Line,
    row: Row,
    known: KnownAgencies,
    named: Set[str],
    loops: tuple[frozenset[str], frozenset[str]],
    sheet: Sheet,
) -> Iterator[Mistake]:
    code, parent, successor, region = row["code"], row["parent_code"], row["successor_code"], row["region_code"]
    number = line.number
    yield from _missing(line, row, ("name", "kind"), sheet)
    if parent is not None and parent not in named:
        yield RegistryMistake(number, "parent", "unknown_agency", {"code": parent})
    elif parent is not None and code in loops[0]:
        yield RegistryMistake(number, "parent", "agency_cycle", {"parent": parent})
    elif parent is not None and code in known.coordinating:
        yield RegistryMistake(number, "parent", "agency_holds_reports")
    for switch in _SWITCHES:
        if row[switch] and parent is not None:
            yield RegistryMistake(number, switch, "only_of_an_instansi")
    if region is not None and "region" in line.values and region not in known.regions:
        yield RegistryMistake(number, "region", "unknown_region", {"code": region})
    yield from _validity(number, row["valid_from"], row["valid_until"])
    if successor is not None and successor not in named:
        yield RegistryMistake(number, "successor", "unknown_agency", {"code": successor})
    elif successor is not None and code in loops[1]:
        yield RegistryMistake(number, "successor", "successor_cycle", {"successor": successor})
    elif successor is not None and row["valid_until"] is None:
        yield RegistryMistake(number, "successor", "successor_needs_end")


@dataclass(frozen=True, slots=True)
class KnownCategories:
    stored: Mapping[str, Row]
    parents: Mapping[str, str | None]  #: of all


_NEW_CATEGORY: Row = {
    "parent_code": None, "label_id": None, "label_en": None, "needs_evidence": False, "valid_from": None,
    "valid_until": None, "active": True,
}  # fmt: skip


def plan_categories(sheet: Sheet, known: KnownCategories) -> Plan:
    plan = Plan(mistakes=list(sheet.mistakes))
    lines = _once(sheet, plan, lambda values: values.get("code"), "code")
    rows = {code: _category(line, known.stored.get(code)) for code, line in lines.items()}
    parents = {**known.parents, **{code: row["parent_code"] for code, row in rows.items()}}
    loops = in_loops(parents)
    broken = _broken(sheet)
    for code, line in lines.items():
        row, parent = rows[code], rows[code]["parent_code"]
        plan.mistakes += _missing(line, row, ("label_id", "label_en"), sheet)
        if parent is not None and parent not in parents and parent not in broken:
            plan.mistakes.append(RegistryMistake(line.number, "parent", "unknown_category", {"code": parent}))
        elif parent is not None and code in loops:
            plan.mistakes.append(RegistryMistake(line.number, "parent", "category_cycle", {"parent": parent}))
        plan.mistakes += _validity(line.number, row["valid_from"], row["valid_until"])
    if not plan.mistakes:
        for code in downwards(rows, parents):
            plan.take(lines[code], rows[code], known.stored.get(code))
    return plan


def _category(line: Line, stored: Row | None) -> Row:
    given = {"parent_code" if name == "parent" else name: value for name, value in line.values.items()}
    row = {**_NEW_CATEGORY, **(stored or {}), **given}
    row["needs_evidence"] = _kept("needs_evidence", given, stored, False)
    row["active"] = _kept("active", given, stored, True)
    return row


OfficerKey = tuple[str | None, str, str]  # agency, role, e-mail in small letters


@dataclass(frozen=True, slots=True)
class KnownOfficers:
    stored: Mapping[OfficerKey, Row]  #: those of the agencies that the file names
    parents: Mapping[str, str | None]  #: of all agencies
    part: RegistryPart | None = None  #: of the registry that the file is for; None: all of it


_NEW_OFFICER: Row = {"name": None, "language": Language.ID.value, "subject": None, "active": True}


def plan_officers(sheet: Sheet, known: KnownOfficers) -> Plan:
    plan = Plan(mistakes=list(sheet.mistakes))
    for key, line in _once(sheet, plan, officer_key, "email").items():
        stored = known.stored.get(key)
        row = {**_NEW_OFFICER, **(stored or {}), **line.values}
        row["agency_code"] = row.pop("agency", key[0])
        row["language"] = _kept("language", line.values, stored, Language.ID.value)
        row["active"] = _kept("active", line.values, stored, True)
        mistakes = [*_missing(line, row, ("name",), sheet), *_of_role(line, known)]
        if known.part is not None and (beyond := list(_trespasses(line, known.part.of_officer(stored, row)))):
            mistakes = beyond
        plan.mistakes += mistakes
        if not mistakes:
            plan.take(line, row, stored)
    return plan


def officer_key(values: Mapping[str, Any]) -> OfficerKey | None:
    """None: a mistake hides whom the line is about."""
    role, email = values.get("role"), values.get("email")
    return None if role is None or email is None or "agency" not in values else (values["agency"], role, email.lower())


def _of_role(line: Line, known: KnownOfficers) -> Iterator[Mistake]:
    agency, role = line.values["agency"], line.values["role"]
    if role in NATIONAL:
        if agency is not None:
            yield RegistryMistake(line.number, "agency", "role_is_national")
    elif agency is None:
        yield RegistryMistake(line.number, "agency", "role_needs_agency")
    elif agency not in known.parents:
        yield RegistryMistake(line.number, "agency", "unknown_agency", {"code": agency})
    elif role in OF_INSTANSI and known.parents[agency] is not None:
        yield RegistryMistake(
            line.number, "role", "role_of_instansi", {"instansi": upwards(agency, known.parents.get)[-1]}
        )


def _once(sheet: Sheet, plan: Plan, key: Callable[[Mapping[str, Any]], Any], column: str) -> dict[Any, Line]:
    """By their keys. A second line about the same is a mistake, also where one of the two has others."""
    first: dict[Any, int] = {}
    said = {line.number: line.values for line in sheet.lines} | sheet.broken
    doubled = set()
    for number, values in sorted(said.items()):
        about = key(values)
        if about is not None and first.setdefault(about, number) != number:
            plan.mistakes.append(RegistryMistake(number, column, "double_line", {"other": str(first[about])}))
            doubled.add(number)
    return {key(line.values): line for line in sheet.lines if line.number not in doubled}


def _missing(line: Line, row: Row, needed: Sequence[str], sheet: Sheet) -> Iterator[Mistake]:
    """What something new needs, and a file has no column for."""
    for name in () if sheet.misnamed else needed:
        if row[name] is None:
            yield RegistryMistake(line.number, name, "missing_value")


def _validity(number: int, first: date | None, last: date | None) -> Iterator[Mistake]:
    if first is not None and last is not None and last < first:
        yield RegistryMistake(number, "valid_until", "validity_reversed")
