"""What any routing should beat: a linear SVM over TF-IDF of words 1-2 and characters 3-5, and the place rule."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from routing_service.competence.learning import offices
from routing_service.competence.learning.corpus import Row
from routing_service.competence.learning.features import Floats, Ints

SEED = 20261121


class Baseline:
    """Trained on the texts as they are; an office of a village or district is found by the report's place."""

    def __init__(self, rows: Sequence[Row]) -> None:
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
        characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        self._pipeline = make_pipeline(make_union(words, characters), LinearSVC(random_state=SEED))
        self._pipeline.fit([row.text for row in rows], [offices.class_of(row.agency) for row in rows])
        self.classes: tuple[str, ...] = tuple(self._pipeline.classes_)

    def rank(self, rows: Sequence[Row]) -> tuple[Ints, Floats]:
        """The classes of each report, the best first, and how far the best is from the second, between 0 and 1."""
        scores = self._pipeline.decision_function([row.text for row in rows])
        if scores.ndim == 1:  # two classes have one score
            scores = np.stack([-scores, scores], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")
        best = np.take_along_axis(scores, order[:, :2], axis=1)
        return order, expit(best[:, 0] - best[:, 1]).astype(np.float32)
