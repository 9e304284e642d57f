"""The tree of agencies, as far as somebody needs it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.domain.lifecycle import Holder, Level
from shared.domain.regions import time_zone_of
from shared.domain.terms import in_service


def upwards(start: str | None, above: Callable[[str], str | None]) -> tuple[str, ...]:
    """From one to the one above it, until there is none. A loop in the data ends it."""
    found: dict[str, None] = {}
    while start is not None and start not in found:
        found[start] = None
        start = above(start)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Node:
    """One agency. Its `parent` is in the same tree; the root is the instansi, where the coordinator sits."""

    code: str
    name: str
    parent: str | None
    region: str | None
    time_zone: str
    active: bool
    valid_from: date | None = None  #: None: since ever
    valid_until: date | None = None  #: the last day; None: for good
    successor: str | None = None  #: who took over when it ended

    def serves_at(self, instant: datetime) -> bool:
        """Whether it is in service then, by the calendar where it sits."""
        day = instant.astimezone(ZoneInfo(self.time_zone)).date()
        return in_service(day, active=self.active, first=self.valid_from, last=self.valid_until)


@dataclass(frozen=True, slots=True)
class Tree:
    """Some agencies, each with all of its ancestors and of those that took over from it."""

    nodes: Mapping[str, Node] = field(default_factory=dict)

    def get(self, code: str | None) -> Node | None:
        return None if code is None else self.nodes.get(code)

    def line(self, code: str | None) -> tuple[str, ...]:
        """The agency and its ancestors up to the instansi; empty for nobody."""
        return upwards(self._known(code), lambda one: self._known(self.nodes[one].parent))

    def _known(self, code: str | None) -> str | None:
        return code if code in self.nodes else None

    def root(self, code: str) -> str:
        """The instansi of an agency."""
        return self.line(code)[-1]

    def within(self, code: str | None, ancestor: str) -> bool:
        return ancestor in self.line(code)

    def oversees(self, code: str, other: str | None) -> bool:
        """Whether the other agency is below this one, or of an instansi in its region."""
        own, line = self.get(code), self.line(other)
        if own is None or not line:
            return False
        region = self.nodes[line[-1]].region
        around = own.region is not None and region is not None and f"{region}.".startswith(f"{own.region}.")
        return around or code in line

    def above(self, holder: Holder) -> Holder:
        """One level up: from an agency to the coordinator of its instansi, from there to the national admin."""
        if holder.level is Level.AGENCY and holder.agency is not None:
            return Holder(Level.COORDINATOR, self.root(holder.agency))
        return Holder(Level.NATIONAL, None)

    def in_office(self, holder: Holder, at: datetime) -> Holder:
        """Who holds in the place of this holder: the same while it is in service, else its successor.

        Where nobody did: one level up.
        """
        if self.get(holder.agency) is None:
            return holder
        serving = self._serving(holder.agency, at)
        if holder.level is Level.AGENCY:
            return Holder(Level.AGENCY, serving) if serving else self.in_office(self.above(holder), at)
        instansi = serving and self._serving(self.root(serving), at)
        return Holder(Level.COORDINATOR, instansi) if instansi else Holder(Level.NATIONAL, None)

    def _serving(self, code: str | None, at: datetime) -> str | None:
        """The agency, or the first of its successors that is in service then."""
        line = upwards(self._known(code), lambda one: self._known(self.nodes[one].successor))
        return next((one for one in line if self.nodes[one].serves_at(at)), None)

    def zone(self, holder: Holder, region: str | None) -> tuple[str, str | None]:
        """Time zone and region whose days count: those of the holder's agency, else of the report.

        An agency without a region of its own keeps the days off of the nearest above it that has one.
        """
        node = self.get(holder.agency)
        if node is None:
            return time_zone_of(region), region
        line = (self.nodes[code].region for code in self.line(node.code))
        return node.time_zone, next(filter(None, line), None)
