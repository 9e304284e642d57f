"""From texts to rows of numbers: words, pairs of words and runs of characters, weighed by TF-IDF. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from routing_service.competence.learning import texts

if TYPE_CHECKING:
    from scipy import sparse

LEAST_TEXTS = 3  #: different ones that a term stands in: a name of fewer cannot be read out of a model
MOST_TERMS = 60_000  #: of a view, the most frequent
MOST_CROSSED = 4_000  #: of a subject, the most frequent

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_PICKED = np.array([0.3**0.5], dtype=np.float32)  #: how alike two reports are for their subject alone

#: The views of a text: what is counted in each.
VIEWS: Mapping[str, Callable[[str], list[str]]] = {"words": texts.words, "grams": texts.grams}


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as the model reads it."""

    text: str
    subject: str = ""  #: that somebody picked; '' where nobody did


@dataclass(frozen=True)
class View:
    """One way of looking at a text: its terms, each with how telling it is (idf)."""

    name: str
    terms: tuple[str, ...]
    idf: Floats

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {term: position for position, term in enumerate(self.terms)}

    def row(self, text: str) -> tuple[Ints, Floats]:
        """Which terms stand in a text, and their weights, of length 1 together: as scikit-learn has it."""
        counts = Counter(position for term in VIEWS[self.name](text) if (position := self.index.get(term)) is not None)
        positions = np.fromiter(counts, dtype=np.int64)
        if not counts:
            return positions, np.zeros(0, dtype=np.float32)
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.idf[positions]
        return positions, (weights / math.sqrt(float(weights @ weights))).astype(np.float32)


@dataclass(frozen=True)
class Crossing:
    """The terms that count once more in the reports of a subject, by their positions, rising; and that it was picked.

    Two reports with the same subject are so much more alike: K(1 + same) + 0.3 same, over these terms.
    """

    subject: str
    terms: Ints

    @property
    def width(self) -> int:
        return len(self.terms) + 1

    def row(self, positions: Ints, weights: Floats) -> tuple[Ints, Floats]:
        """`positions` and `weights`: of all terms of the text."""
        if not len(self.terms):
            return np.zeros(1, dtype=np.int64), _PICKED
        places = np.minimum(np.searchsorted(self.terms, positions), len(self.terms) - 1)
        shared = self.terms[places] == positions
        return np.append(places[shared], len(self.terms)), np.append(weights[shared], _PICKED)


@dataclass(frozen=True)
class Features:
    """All views side by side, and what is crossed with each subject behind them."""

    views: tuple[View, ...]
    crossings: tuple[Crossing, ...] = ()

    @property
    def terms(self) -> int:
        return sum(len(view.terms) for view in self.views)

    @property
    def width(self) -> int:
        return self.terms + sum(crossing.width for crossing in self.crossings)

    def row(self, reading: Reading) -> tuple[Ints, Floats]:
        found, offset = [], 0
        for view in self.views:
            positions, weights = view.row(reading.text)
            found.append((positions + offset, weights))
            offset += len(view.terms)
        positions, weights = _joined(found)
        for crossing in self.crossings:
            if crossing.subject == reading.subject:
                more, again = crossing.row(positions, weights)
                return _joined([(positions, weights), (more + offset, again)])
            offset += crossing.width
        return positions, weights


def _joined(found: Sequence[tuple[Ints, Floats]]) -> tuple[Ints, Floats]:
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def learn(readings: Sequence[Reading]) -> tuple[Features, "sparse.csr_matrix"]:
    """The terms, and the row of each report. A text sent thrice counts once. Raises ValueError without terms."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer  # only who trains waits for the import

    different = {text: position for position, text in enumerate(dict.fromkeys(one.text for one in readings))}
    views, blocks = [], []
    for name, terms in VIEWS.items():
        learned = TfidfVectorizer(
            analyzer=terms, min_df=LEAST_TEXTS, max_features=MOST_TERMS, sublinear_tf=True, dtype=np.float32
        )
        blocks.append(learned.fit_transform(different))
        views.append(View(name, tuple(learned.get_feature_names_out()), learned.idf_.astype(np.float32)))
    texts_of = np.array([different[one.text] for one in readings])
    of_different = sparse.csr_matrix(sparse.hstack(blocks, format="csr", dtype=np.float32))
    rows = of_different[texts_of]
    crossings, columns = [], [rows]
    picked = np.array([one.subject for one in readings])
    for subject in sorted(set(picked) - {""}):
        chosen = picked == subject
        crossing = _crossing(subject, of_different[np.unique(texts_of[chosen])])
        again = sparse.diags_array(chosen.astype(np.float32)) @ rows[:, crossing.terms]
        columns += [again, sparse.csr_matrix(chosen[:, None] * _PICKED)]
        crossings.append(crossing)
    made = sparse.csr_matrix(sparse.hstack(columns, format="csr", dtype=np.float32))
    return Features(tuple(views), tuple(crossings)), made


def _crossing(subject: str, rows: "sparse.csr_matrix") -> Crossing:
    """Terms that stand in several different texts of the subject: a name of fewer could be told by its subject."""
    seen = np.bincount(rows.indices, minlength=rows.shape[1])
    frequent = np.flatnonzero(seen >= LEAST_TEXTS)
    kept = frequent[np.argsort(-seen[frequent], kind="stable")][:MOST_CROSSED]
    return Crossing(subject, np.sort(kept).astype(np.int64))
