"""The registry as a process keeps it in memory: who there is, who belongs to whom, who is competent where. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from routing_service.tree import in_service, upwards


@dataclass(frozen=True, slots=True)
class Listed:
    """One agency of the registry."""

    code: str
    name: str
    kind: str
    level: str
    parent: str | None
    region: str | None
    duties: tuple[str, ...] = ()
    active: bool = True
    valid_from: date | None = None  #: None: since ever
    valid_until: date | None = None  #: the last day; None: for good
    successor: str | None = None
    former_names: tuple[tuple[date, str], ...] = ()  #: each with its last day, the earliest first

    def name_on(self, day: date) -> str:
        """What it was called on that day."""
        return next((name for last_day, name in self.former_names if day <= last_day), self.name)

    def in_force(self, on: date) -> bool:
        return in_service(on, active=self.active, first=self.valid_from, last=self.valid_until)


@dataclass(frozen=True)
class Directory:
    """All agencies, and the tree of the categories. `version` grows with every change of the registry."""

    version: int = 0
    agencies: Mapping[str, Listed] = field(default_factory=dict)
    categories: Mapping[str, str | None] = field(default_factory=dict)  #: each with its parent

    def get(self, code: str | None) -> Listed | None:
        return None if code is None else self.agencies.get(code)

    def line(self, code: str | None) -> tuple[str, ...]:
        """The agency and its ancestors up to the instansi; empty for nobody."""
        return upwards(self._known(code), lambda one: self._known(self.agencies[one].parent))

    def _known(self, code: str | None) -> str | None:
        return code if code in self.agencies else None

    def within(self, code: str | None, ancestor: str) -> bool:
        return ancestor in self.line(code)

    def government(self, code: str) -> str | None:
        """The level of the instansi that the agency belongs to: national, province, regency_city."""
        line = self.line(code)
        return self.agencies[line[-1]].level if line else None

    def category_line(self, category: str | None) -> tuple[str, ...]:
        """A category and those above it."""
        return upwards(category, self.categories.get)

    def competent(self, kind: str, region: str, *, on: date, level: str | None = None) -> Sequence[str]:
        """Who has this kind or duty for the smallest region around `region` that has anybody; in force on that day.

        `level` leaves only agencies whose instansi is of that level. Several: the registry does not tell them apart.
        """
        here = self._competent.get(kind, {})
        for around in surrounding(region):
            found = [
                code
                for code in here.get(around, ())
                if self.agencies[code].in_force(on) and level in (None, self.government(code))
            ]
            if found:
                return found
        return ()

    @cached_property
    def _competent(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """By kind and duty, then by region: the codes in their order."""
        index: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for agency in sorted(self.agencies.values(), key=lambda one: one.code):
            for kind in {agency.kind, *agency.duties}:
                index[kind][agency.region or ""].append(agency.code)
        return index


def surrounding(region: str | None) -> Iterator[str]:
    """The region and those that it lies in, the smallest first, '' (everywhere) last."""
    while region:
        yield region
        region = region.rpartition(".")[0]
    yield ""


def inside(region: str, prefix: str) -> bool:
    return prefix == "" or region == prefix or region.startswith(f"{prefix}.")


def common(regions: Iterable[str]) -> str:
    """The smallest region that all lie in; '' is the country."""
    lines = [list(surrounding(region)) for region in regions]
    shared = [one for one in lines[0] if all(one in line for line in lines)] if lines else [""]
    return shared[0]
