"""The registry as a process keeps it in memory: who there is, who belongs to whom, who is competent where. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from routing_service.registry.tree import upwards
from shared.domain.terms import Term, in_service

_DAY = timedelta(days=1)


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
    own_verification: bool = False  #: its coordinator verifies what lies in its region
    automatic_assignment: bool = False  #: clear cases go to its agencies without a person

    def name_on(self, day: date) -> str:
        """What it was called on that day."""
        return next((name for last_day, name in self.former_names if day <= last_day), self.name)

    def serves(self, on: date) -> bool:
        return in_service(on, active=self.active, first=self.valid_from, last=self.valid_until)


@dataclass(frozen=True, slots=True)
class Competence:
    """Who is competent, and whose duty it was until it passed on."""

    agency: str
    after: str | None = None  #: the agency that ended and had the duty; None: it is the agency's own


@dataclass(frozen=True)
class Directory:
    """All agencies, and the tree of the categories. `version` grows with every change of the registry."""

    version: int = 0
    agencies: Mapping[str, Listed] = field(default_factory=dict)
    categories: Mapping[str, str | None] = field(default_factory=dict)  #: each with its parent
    terms: Mapping[str, Term] = field(default_factory=dict)  #: of categories; those without are for good

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

    def last_day_of_category(self, category: str, on: date) -> date | None:
        """The last day that a report may come under the category or one below it; None: there is no end to it."""
        last = [self.terms.get(one, Term()).last_day(on) for one in (category, *self._below.get(category, ()))]
        return None if None in last else max(day for day in last if day is not None)

    def verifies_own(self, region: str) -> str | None:
        """The instansi whose coordinator verifies what lies there: that of the smallest region around it.

        None: it is nobody's, or more than one's.
        """
        parts = region.split(".")
        around = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        here = next((found for one in around if (found := self._verifying.get(one))), ())
        return here[0] if len(here) == 1 else None

    @cached_property
    def _verifying(self) -> Mapping[str, Sequence[str]]:
        """Of each region the instansi that verify what lies in it."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.agencies.values():
            if one.own_verification and one.parent is None and one.region is not None:
                found[one.region].append(one.code)
        return found

    def assigns_alone(self, agency: str) -> bool:
        """Whether clear cases go to this agency without a person, by what its instansi has switched on."""
        line = self.line(agency)
        return bool(line) and self.agencies[line[-1]].automatic_assignment

    @cached_property
    def _below(self) -> Mapping[str, Sequence[str]]:
        """Of each category all those below it."""
        below: dict[str, list[str]] = defaultdict(list)
        for category in self.categories:
            for above in self.category_line(category)[1:]:
                below[above].append(category)
        return below

    def in_office(self, code: str, on: date) -> str | None:
        """The agency, or its successor by that day; None: there is none. A loop in the data ends it."""
        line = upwards(code, lambda one: self.agencies[one].successor if one in self.agencies else None)
        return next((one for one in line if one in self.agencies and self.agencies[one].serves(on)), None)

    def ended(self, code: str | None) -> Mapping[str, str] | None:
        """Of an agency that ends: what it is called on its last day, and that day; to tell who took over from it."""
        agency = self.get(code)
        if agency is None or agency.valid_until is None:
            return None
        last = agency.valid_until
        return {"agency": agency.code, "name": agency.name_on(last), "until": last.isoformat()}

    def competent(self, kind: str, region: str, *, on: date, level: str | None = None) -> Sequence[str]:
        """The agencies of `competences`."""
        return [one.agency for one in self.competences(kind, region, on=on, level=level)]

    def competences(self, kind: str, region: str, *, on: date, level: str | None = None) -> Sequence[Competence]:
        """Who has this kind or duty for the smallest region around `region` that has anybody; in force on that day.

        Where all who had it there have ended by then, it has passed to the successor of who had it last. `level` leaves
        only agencies whose instansi is, or was, of that level. Several: the registry does not tell them apart.
        """
        for around in surrounding(region):
            if found := self.competent_there(kind, around, on=on, level=level):
                return found
        return ()

    def competent_there(self, kind: str, region: str, *, on: date, level: str | None = None) -> Sequence[Competence]:
        """Those of this very region."""
        here = self._competent.get(kind, {}).get(region, ())
        there = [code for code in here if level in (None, self.government(code))]
        found = [Competence(code) for code in there if self.agencies[code].serves(on)]
        return found or self._passed_on(there, on)

    def _passed_on(self, former: Iterable[str], on: date) -> list[Competence]:
        """Who stands in for the last agency; nobody, if that one ended without a successor."""
        ended = {code: day for code in former if (day := self.agencies[code].valid_until) is not None and day < on}
        latest = [code for code, day in ended.items() if day == max(ended.values())]
        heirs = {self.in_office(code, on): code for code in reversed(latest)}
        return [Competence(heir, heirs[heir]) for heir in sorted(filter(None, heirs))]

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
