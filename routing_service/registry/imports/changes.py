"""What a file would change, row by row, and what somebody should look at although it is no mistake. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.sheets.cells import folded
from shared.domain.wording import Wording


@dataclass(frozen=True, slots=True)
class Change:
    """Names of columns, never what stands in them: files of officers hold names."""

    line: int
    about: str  #: a code; of an officer the agency and the role
    created: bool
    changed: tuple[str, ...] = ()  #: columns that get another value
    taken_away: tuple[str, ...] = ()  #: columns that had a value and get none


@dataclass(frozen=True, slots=True)
class RegistryNote:
    """Worth a look; the file is taken all the same."""

    line: int
    column: str | None
    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> Wording:
        indonesian, english = NOTES[self.code]
        return indonesian.format_map(self.values), english.format_map(self.values)


NOTES: Mapping[str, Wording] = {
    "code_looks_alike": (
        "Kode {code} mirip dengan {other}; pastikan keduanya memang dua instansi yang berbeda.",
        "The code {code} looks like {other}; make sure that they are two agencies.",
    ),
    "name_is_taken": (
        "Instansi {other} sudah bernama sama dengan {code}; pastikan keduanya memang dua instansi yang berbeda.",
        "The agency {other} has the same name as {code}; make sure that they are two agencies.",
    ),
}
_SPELLED = {"parent_code": "parent", "region_code": "region", "successor_code": "successor", "agency_code": "agency"}


def change_of(line: int, row: Mapping[str, Any], stored: Mapping[str, Any] | None) -> Change:
    """`row` differs from `stored`."""
    about = str(row["code"]) if "code" in row else f"{row['agency_code'] or '-'} {row['role']}"
    if stored is None:
        return Change(line, about, created=True)
    before, after = _flat(stored), _flat(row)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return Change(
        line,
        about,
        created=False,
        changed=tuple(name for name in names if not _is_empty(after.get(name))),
        taken_away=tuple(name for name in names if _is_empty(after.get(name))),
    )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """By the names of the columns of a file."""
    flat = {_SPELLED.get(name, name): value for name, value in row.items() if name != "contacts"}
    return {**flat, **row.get("contacts", {})}


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def look_alikes(new: Mapping[str, tuple[int, str | None]], known: Mapping[str, str]) -> Iterator[RegistryNote]:
    """New agencies (their lines and names) that look like one that is there, or like another new one."""
    codes = {folded(code): code for code in known}
    names = {folded(name): code for code, name in known.items()}
    for code, (line, name) in new.items():
        other = codes.setdefault(folded(code), code)
        if other != code:
            yield RegistryNote(line, "code", "code_looks_alike", {"code": code, "other": other})
        elif name is not None and (other := names.setdefault(folded(name), code)) != code:
            yield RegistryNote(line, "name", "name_is_taken", {"code": code, "other": other})
