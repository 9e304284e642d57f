"""How urgent a report is, and how what is urgent is told by stage and by whom it lies with. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from shared.domain.lifecycle import Level


class Urgency(StrEnum):
    """Of a report. What is late is not at risk any more."""

    LATE = auto()
    AT_RISK = auto()  #: 80 % of the limit are over
    NEAR_60 = auto()  #: soon, or already, 60 days without an answer


@dataclass(frozen=True, slots=True)
class StageLine:
    """Reports of which a clock of this stage is late, or at risk."""

    stage: str
    late: int
    at_risk: int


@dataclass(frozen=True, slots=True)
class Held:
    """Reports that lie with somebody: late in any stage, or at risk in one and late in none."""

    level: Level
    agency: str | None
    late: int
    at_risk: int


@dataclass(frozen=True, slots=True)
class HolderLine:
    """`agency` None: the national level. `whole`: with all that lies below it."""

    agency: str | None
    whole: bool
    late: int
    at_risk: int

    @property
    def order(self) -> tuple[int, int, str]:
        return -self.late, -self.at_risk, self.agency or ""


def by_instansi(held: Iterable[Held], parents: Mapping[str, str | None]) -> list[HolderLine]:
    """One line for each topmost agency; the most late first."""
    sums: dict[str | None, tuple[int, int]] = {}
    for one in held:
        root = None if one.agency is None else _root(one.agency, parents)
        late, at_risk = sums.get(root, (0, 0))
        sums[root] = late + one.late, at_risk + one.at_risk
    return sorted((HolderLine(code, True, *counts) for code, counts in sums.items()), key=lambda line: line.order)


def by_agency(held: Iterable[Held]) -> list[HolderLine]:
    """One line for each agency, without what lies below it; the most late first."""
    lines = (HolderLine(one.agency, False, one.late, one.at_risk) for one in held)
    return sorted(lines, key=lambda line: line.order)


def _root(code: str, parents: Mapping[str, str | None]) -> str:
    seen = {code}
    while (above := parents.get(code)) is not None and above not in seen:  # a loop in the data ends
        seen.add(above)
        code = above
    return code


def total(held: Sequence[Held]) -> tuple[int, int]:
    """Late, at risk."""
    return sum(one.late for one in held), sum(one.at_risk for one in held)
