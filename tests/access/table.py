"""The table that was typed by hand, read. What its cells mean stands in `__init__.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.access.callers import CALLERS

FOLDER = Path(__file__).parent / "table"
SERVICES = ("intake_api", "routing_service", "sla_monitor")

OK, EMPTY, REFUSED = "ok", "[]", "-"
#: In place of all cells, where no token is asked for or looked at.
FOR_ALL: Mapping[str, str] = {"everybody": OK, "nobody": EMPTY, "nowhere": "404"}
#: What a cell stands for, as a status; an empty answer is one of 200.
STATUS: Mapping[str, int] = {REFUSED: 403, "401": 401, "404": 404}


class Mistyped(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Row:
    service: str
    noun: str
    method: str
    path: str
    of: str | None  #: the report or other thing that is asked for, by its name in `world.py`
    cells: Mapping[str, str]  #: by the name of the caller
    alike: bool = False  #: whether all who call are

    @property
    def operation(self) -> tuple[str, str, str]:
        return self.service, self.method, self.path

    @property
    def name(self) -> str:
        return f"{self.service} {self.method} {self.path}" + (f" @{self.of}" if self.of else "")


def rows() -> list[Row]:
    return [row for service in SERVICES for row in _rows(service, FOLDER / f"{service}.txt")]


def _rows(service: str, file: Path) -> Iterator[Row]:
    noun = ""
    heads = [caller.name for caller in CALLERS]
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if line.startswith("["):
            noun = line.strip("[] ")
        elif line.startswith("who"):
            if line.split()[1:] != heads:
                raise Mistyped(f"{file.name}:{number}: the callers are {' '.join(heads)}")
        elif line.strip() and not line.startswith("#"):
            yield read_row(service, noun, line, f"{file.name}:{number}")


def read_row(service: str, noun: str, line: str, where: str) -> Row:
    method, path, *rest = line.split()
    of = rest.pop(0).removeprefix("@") if rest[0].startswith("@") else None
    alike = len(rest) == 1 and rest[0] in FOR_ALL
    if alike:
        rest = [FOR_ALL[rest[0]]] * len(CALLERS)
    if len(rest) != len(CALLERS):
        raise Mistyped(f"{where}: {len(rest)} cells for {len(CALLERS)} callers")
    if unknown := {cell for cell in rest if cell not in {OK, EMPTY, *STATUS}}:
        raise Mistyped(f"{where}: {', '.join(sorted(unknown))} says nothing")
    cells = {caller.name: cell for caller, cell in zip(CALLERS, rest, strict=True)}
    return Row(service, noun, method, path, of, cells, alike)
