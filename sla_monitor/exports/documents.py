"""What an export says, whatever it is written as. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import NamedTuple


class CellKind(StrEnum):
    TEXT = auto()
    COUNT = auto()
    SHARE = auto()
    NUMBER = auto()  #: with two decimals


class Column(NamedTuple):
    title: str
    kind: CellKind = CellKind.TEXT


#: None: nothing is known, or too little.
Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Bars:
    """A plot: what each bar is called, and how long it is, from 0 to 1."""

    title: str
    bars: Sequence[tuple[str, float, str | None]]  # the last: its colour, if it has one


@dataclass(frozen=True, slots=True)
class Document:
    """One table with what it needs to be read alone."""

    name: str  # of its file, without a suffix
    title: str
    lines: Sequence[str]  # whose it is, of which period, as of when
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()  # formulas
    empty: str = "Tidak ada."
    plots: Sequence[Bars] = field(default=())
