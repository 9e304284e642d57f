"""From texts to rows of numbers: words, pairs of words and runs of characters, weighed by TF-IDF. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, count

import numpy as np
import numpy.typing as npt

from routing_service.competence.learning import texts

LEAST_TEXTS = 3  #: different ones that a term stands in: a name of fewer cannot be read out of a model
MOST_TERMS = 60_000  #: of a view, the most frequent
MOST_CROSSED = 4_000  #: of a subject, the most frequent

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_PICKED = np.float32(0.3**0.5)  #: how alike two reports are for their subject alone

#: The views of a text, and what is counted in each.
VIEWS: Sequence[Callable[[str], list[str]]] = (texts.words, texts.grams)

Row = tuple[Ints, Floats]  #: which columns stand in a report, and how much


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as the model reads it."""

    text: str
    subject: str = ""  #: that somebody picked; '' where nobody did


@dataclass(frozen=True)
class Features:
    """The terms of all views side by side, and behind them those that count once more in reports of a subject.

    Two reports with the same subject are so much more alike: K(1 + same) + 0.3 same, over these terms.
    """

    terms: Sequence[Sequence[str]]  #: of each view
    idf: Floats
    subjects: Sequence[str] = ()
    crossed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  #: `code` of each, rising

    @property
    def width(self) -> int:
        return len(self.idf) + len(self.crossed)

    @cached_property
    def _columns(self) -> Sequence[Mapping[str, int]]:
        """Of the terms of each view."""
        starts = accumulate((len(terms) for terms in self.terms), initial=0)
        return [dict(zip(terms, count(start), strict=False)) for terms, start in zip(self.terms, starts, strict=False)]

    def row(self, reading: Reading) -> Row:
        """As scikit-learn weighs terms: those of each view have the length 1 together. In numpy: it is far quicker."""
        columns, weights = [], []
        for terms, known in zip(VIEWS, self._columns, strict=True):
            counts = Counter(known[term] for term in terms(reading.text) if term in known)
            found = np.fromiter(counts, dtype=np.int64)
            values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.idf[found]
            columns.append(found)
            weights.append(values / math.sqrt(float(values @ values) or 1.0))
        plain = np.concatenate(columns), np.concatenate(weights)
        return self._crossed(*plain, reading.subject) if reading.subject in self.subjects else plain

    def _crossed(self, columns: Ints, weights: Floats, subject: str) -> Row:
        codes = self.code(self.subjects.index(subject), np.append(columns, len(self.idf)))
        places = np.minimum(np.searchsorted(self.crossed, codes), len(self.crossed) - 1)
        again = self.crossed[places] == codes
        more = np.append(weights, _PICKED)[again]
        return np.append(columns, len(self.idf) + places[again]), np.append(weights, more)

    def code(self, subject: int, term: Ints) -> Ints:
        """One number for a term of a subject. The term behind the last one is that the subject was picked."""
        return subject * (len(self.idf) + 1) + term


def learn(readings: Sequence[Reading]) -> Features:
    """A text sent thrice counts once. Raises ValueError without terms."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # only who trains waits for the import

    different = list(dict.fromkeys(one.text for one in readings))
    views = [
        TfidfVectorizer(analyzer=view, min_df=LEAST_TEXTS, max_features=MOST_TERMS).fit(different) for view in VIEWS
    ]
    terms = [view.get_feature_names_out().tolist() for view in views]
    idf = np.concatenate([view.idf_ for view in views]).astype(np.float32)
    return _with_subjects(Features(terms, idf), readings)


def _with_subjects(plain: Features, readings: Sequence[Reading]) -> Features:
    """Crossed with terms that stand in several different texts of a subject: else it could tell whose name it is."""
    subjects = sorted({one.subject for one in readings} - {""})
    found = [plain.crossed]
    for number, subject in enumerate(subjects):
        different = {one.text for one in readings if one.subject == subject}
        terms = np.concatenate([plain.row(Reading(text))[0] for text in different])
        seen = np.bincount(terms, minlength=len(plain.idf))
        frequent = np.flatnonzero(seen >= LEAST_TEXTS)
        kept = frequent[np.argsort(-seen[frequent], kind="stable")][:MOST_CROSSED]
        found.append(plain.code(number, np.append(np.sort(kept), len(plain.idf))))
    return replace(plain, subjects=subjects, crossed=np.concatenate(found))
