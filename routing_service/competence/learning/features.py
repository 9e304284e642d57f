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

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: The views of a text: what is counted in each.
VIEWS: Mapping[str, Callable[[str], list[str]]] = {"words": texts.words, "grams": texts.grams}


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as the model reads it."""

    text: str


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
class Features:
    """All views side by side."""

    views: tuple[View, ...]

    @property
    def width(self) -> int:
        return sum(len(view.terms) for view in self.views)

    def row(self, text: str) -> tuple[Ints, Floats]:
        found, offset = [], 0
        for view in self.views:
            positions, weights = view.row(text)
            found.append((positions + offset, weights))
            offset += len(view.terms)
        return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def learn(written: Sequence[str]) -> tuple[Features, "sparse.csr_matrix"]:
    """The terms, and the row of each text. A text that was sent thrice counts once. Raises ValueError without terms."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer  # only who trains waits for the import

    different = {text: position for position, text in enumerate(dict.fromkeys(written))}
    views, blocks = [], []
    for name, terms in VIEWS.items():
        learned = TfidfVectorizer(
            analyzer=terms, min_df=LEAST_TEXTS, max_features=MOST_TERMS, sublinear_tf=True, dtype=np.float32
        )
        blocks.append(learned.fit_transform(different))
        views.append(View(name, tuple(learned.get_feature_names_out()), learned.idf_.astype(np.float32)))
    rows = sparse.csr_matrix(sparse.hstack(blocks, format="csr", dtype=np.float32))
    return Features(tuple(views)), rows[[different[text] for text in written]]
