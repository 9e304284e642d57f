"""Offices that exist once per village or district, told by their names: for files, where there is no registry. Pure.

'Kelurahan A' and 'Kelurahan B' are one kind; which of them a report is for follows from its village, or from a name
that stands in its text.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routing_service.competence.learning import texts
from routing_service.competence.learning.corpus import Row
from routing_service.competence.learning.kinds import MARK

#: How offices of villages and districts are called in Indonesia's provinces.
FORMS: Mapping[str, Sequence[str]] = {
    "village": ("kelurahan", "desa", "nagari", "gampong", "pekon", "kalurahan", "lembang", "kampung"),
    "district": ("kecamatan", "distrik", "kapanewon", "kemantren"),
    "puskesmas": ("puskesmas",),
}
_LEVELS = {form: level for level, forms in FORMS.items() for form in forms}


def class_of(agency: str) -> str:
    """What a report of this agency teaches: the kind, by its first word, or the agency itself."""
    form, _, place = agency.partition(" ")
    level = _LEVELS.get(form.lower())
    return f"{MARK}{level}" if level and place.strip() else agency


def _columns(row: Row, learned: str) -> Sequence[str]:
    """Where the place of a kind stands, the likeliest first."""
    columns = {"@village": [row.village], "@district": [row.district]}.get(learned, [row.village, row.district])
    return [name for name in columns if texts.squashed(name)]


@dataclass(frozen=True)
class Offices:
    """The local offices of the reports that were learned from."""

    at: Mapping[tuple[str, str], str]  #: by class and squashed place: who is called so, or answered most from there
    forms: Mapping[str, str]  #: how an office of the class is usually called

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Offices":
        answered: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        named: dict[tuple[str, str], str] = {}
        for row in rows:
            learned = class_of(row.agency)
            if learned == row.agency:
                continue
            form, _, place = row.agency.partition(" ")
            forms[learned][form] += 1
            named[learned, texts.squashed(place)] = row.agency
            for column in _columns(row, learned):
                answered[learned, texts.squashed(column)][row.agency] += 1
        usual = {place: _most(agencies) for place, agencies in answered.items()}
        return cls(usual | named, {learned: _most(counts) for learned, counts in forms.items()})

    def resolve(self, learned: str, row: Row) -> str | None:
        """The agency that a class means for this report; None where nothing tells the place."""
        if not learned.startswith(MARK):
            return learned
        columns = _columns(row, learned)
        if columns:
            found = (self.at.get((learned, texts.squashed(name))) for name in columns)
            return next(filter(None, found), f"{self.forms[learned]} {columns[-1]}")
        words = texts.normal(row.text).split()
        runs = ("".join(words[at : at + size]) for size in (3, 2, 1) for at in range(len(words) - size + 1))
        return next(filter(None, (self.at.get((learned, run)) for run in runs)), None)


def _most(counts: Counter[str]) -> str:
    """The most frequent; of equal ones the first by name."""
    return min(counts, key=lambda one: (-counts[one], one))
