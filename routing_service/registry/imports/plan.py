"""What a file would do to the registry, line by line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from routing_service.registry.imports.changes import Change, RegistryNote, change_of
from shared.domain.sheets.mistakes import Mistake
from shared.domain.sheets.reading import Line

Row = dict[str, Any]


@dataclass(slots=True)
class Plan:
    """`rows` are to be stored, what stands above before what stands below."""

    rows: list[Row] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[RegistryNote] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    moved: Sequence[str] = ()  #: agencies that come to another instansi, with all below them

    @property
    def created(self) -> int:
        return sum(change.created for change in self.changes)

    @property
    def updated(self) -> int:
        return len(self.changes) - self.created

    def take(self, line: Line, row: Row, stored: Row | None) -> None:
        if stored == row:
            self.unchanged += 1
            return
        self.rows.append(row)
        self.changes.append(change_of(line.number, row, stored))
