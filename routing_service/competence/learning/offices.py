"""Offices that exist once per village or district, told by their names: for files, where there is no registry. Pure.

'Kelurahan A' and 'Kelurahan B' are one kind; which of them a report is for follows from its village, or from a name
that stands in its text.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from routing_service.competence.learning import texts
from routing_service.competence.learning.corpus import Row
from routing_service.competence.learning.kinds import MARK

#: How offices of villages and districts are called in Indonesia's provinces.
FORMS: Mapping[str, tuple[str, ...]] = {
    "village": ("kelurahan", "desa", "nagari", "gampong", "pekon", "kalurahan", "lembang", "kampung"),
    "district": ("kecamatan", "distrik", "kapanewon", "kemantren"),
    "puskesmas": ("puskesmas",),
}
_LEVEL = {form: level for level, forms in FORMS.items() for form in forms}
#: In which column the place of a kind stands, the likeliest first.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "village": ("village",),
    "district": ("district",),
    "puskesmas": ("village", "district"),
}


def level_of(agency: str) -> str | None:
    """Which kind of local office it is, by its first word."""
    form, _, place = agency.partition(" ")
    return _LEVEL.get(form.lower()) if place.strip() else None


def class_of(agency: str) -> str:
    """What a report of this agency teaches."""
    level = level_of(agency)
    return agency if level is None else f"{MARK}{level}"


def _place(agency: str) -> str:
    return agency.partition(" ")[2].strip()


@dataclass(frozen=True)
class Offices:
    """The local offices of the reports that were learned from, and whose reports came from where."""

    named: Mapping[tuple[str, str], str]  #: by level and squashed name of the place
    usual: Mapping[tuple[str, str], str]  #: by level and squashed column: who answered most of its reports
    forms: Mapping[str, str] = field(default_factory=dict)  #: how an office of the level is usually called

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Offices":
        named: dict[tuple[str, str], str] = {}
        answered: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            level = level_of(row.agency)
            if level is None:
                continue
            named[level, texts.squashed(_place(row.agency))] = row.agency
            forms[level][row.agency.partition(" ")[0]] += 1
            for column in _columns(row, level):
                answered[level, column][row.agency] += 1
        usual = {place: _most(agencies) for place, agencies in answered.items()}
        return cls(named, usual, {level: _most(counts) for level, counts in forms.items()})

    def resolve(self, learned: str, row: Row) -> str | None:
        """The agency that a class means for this report; None where nothing tells the place."""
        if not learned.startswith(MARK):
            return learned
        level = learned.removeprefix(MARK)
        given = _columns(row, level)
        for place in given:
            if found := self.named.get((level, place)) or self.usual.get((level, place)):
                return found
        if given:
            name = row.village if level == "village" else row.district
            return f"{self.forms[level]} {name}" if level in self.forms and name else None
        return self._in_text(level, row.text)

    def _in_text(self, level: str, text: str) -> str | None:
        """The office of the longest name of a place that stands in the text."""
        words = texts.normal(text).split()
        for length in (3, 2, 1):
            for start in range(len(words) - length + 1):
                if found := self.named.get((level, "".join(words[start : start + length]))):
                    return found
        return None


def _columns(row: Row, level: str) -> Sequence[str]:
    values = {"village": row.village, "district": row.district}
    return [squashed for column in _COLUMNS[level] if (squashed := texts.squashed(values[column]))]


def _most(counts: Counter[str]) -> str:
    """The most frequent; of equal ones the first by name."""
    return min(counts, key=lambda one: (-counts[one], one))
