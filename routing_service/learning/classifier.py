"""The learned function itself: from readings to a calibrated probability for each class. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import softmax

from routing_service.learning import storage
from routing_service.learning.features import Features, Floats, Reading, View
from routing_service.learning.prediction import Word

MOST_WORDS = 5  #: that are told for an agency


@dataclass(frozen=True)
class Classifier:
    """One column of weights for each class over all terms; scores are made probabilities by a temperature."""

    classes: tuple[str, ...]
    features: Features
    weights: npt.NDArray[Any]  #: terms x classes; halves of floats, which keeps 200 classes within some tens of MiB
    sharpness: float  #: the inverse of the temperature, fitted on held-back reports

    def probabilities(self, rows: sparse.csr_matrix) -> Floats:
        return probabilities(self.scores(rows), self.sharpness)

    def scores(self, rows: sparse.csr_matrix) -> Floats:
        """One row for each report: the sum of the weights of its terms."""
        used, positions = np.unique(rows.indices, return_inverse=True)
        narrow = sparse.csr_matrix((rows.data, positions, rows.indptr), shape=(rows.shape[0], len(used)))
        scores: Floats = narrow @ self.weights[used].astype(np.float32)
        return scores

    def words(self, reading: Reading, position: int) -> tuple[Word, ...]:
        """What spoke for a class more than for the others, the strongest first."""
        view = next(view for view in self.features.views if view.name == "words")
        offset = self._offset(view)
        found, values = view.row(reading)
        weights = self.weights[[one + offset for one in found]].astype(np.float32)
        spoke = values * (weights[:, position] - weights.mean(axis=1))
        order = sorted(range(len(found)), key=lambda one: (-spoke[one], view.terms[found[one]]))
        telling = [one for one in order if spoke[one] > 0 and not view.terms[found[one]].startswith("xx")]
        return tuple(Word(view.terms[found[one]], float(spoke[one])) for one in telling[:MOST_WORDS])

    def _offset(self, wanted: View) -> int:
        offset = 0
        for view in self.features.views:
            if view is wanted:
                break
            offset += len(view.terms)
        return offset

    def packed(self) -> tuple[dict[str, Any], dict[str, storage.Array]]:
        header = {
            "sharpness": self.sharpness,
            "views": [{"name": view.name, "scale": view.scale} for view in self.features.views],
        }
        arrays = {"classes": storage.pack_texts(self.classes), "weights": self.weights.astype(np.float16)}
        for view in self.features.views:
            arrays[f"{view.name}_terms"] = storage.pack_texts(view.terms)
            arrays[f"{view.name}_idf"] = view.idf
        return header, arrays

    @classmethod
    def unpacked(cls, header: Mapping[str, Any], arrays: Mapping[str, storage.Array]) -> "Classifier":
        """Raises BadModel where the parts do not fit each other."""
        try:
            features = Features(tuple(_views(header, arrays)))
            made = cls(storage.unpack_texts(arrays["classes"]), features, arrays["weights"], float(header["sharpness"]))
        except (KeyError, TypeError, ValueError) as error:
            raise storage.BadModel("The model cannot be read: a part of it is missing.") from error
        if made.weights.shape != (features.width, len(made.classes)):
            raise storage.BadModel("The model cannot be read: its weights do not fit its words and classes.")
        return made


def _views(header: Mapping[str, Any], arrays: Mapping[str, storage.Array]) -> Iterator[View]:
    for view in header["views"]:
        name = view["name"]
        terms, idf = storage.unpack_texts(arrays[f"{name}_terms"]), arrays[f"{name}_idf"]
        if idf.shape != (len(terms),):
            raise storage.BadModel("The model cannot be read: its words do not fit their weights.")
        yield View(name, terms, idf, float(view["scale"]))


def probabilities(scores: Floats, sharpness: float) -> Floats:
    found: Floats = softmax(scores * sharpness, axis=1)
    return found


def best(probabilities: Floats) -> Sequence[int]:
    """The classes of one report, the likeliest first; equal ones in their order."""
    return [int(position) for position in np.argsort(-probabilities, kind="stable")]
