"""The learned model as a process holds it in memory, and as bytes: from inquiries to predictions. Pure, thread-safe."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.learning import kinds, storage, texts
from routing_service.competence.learning.classifier import Classifier
from routing_service.competence.learning.features import Features, Reading, Row
from routing_service.competence.learning.storage import BadModel
from routing_service.competence.learning.sureness import Sureness
from routing_service.competence.place.place import Place
from routing_service.competence.prediction import Likely, Prediction
from routing_service.registry.directory import Directory

MOST_LIKELY = 3
MOST_CATEGORIES = 10


@dataclass(frozen=True)
class Model:
    """`threshold`: from this probability on an agency was right as often as wanted, on held-back reports."""

    classifier: Classifier
    threshold: float
    version: int | None = None

    @classmethod
    def load(cls, blob: bytes, *, version: int | None = None) -> "Model":
        """Raises BadModel where a part is missing or the parts do not fit each other."""
        header, arrays = storage.unpack(blob)
        try:
            features = Features(header["terms"], arrays["idf"], header["subjects"], arrays["crossed"])
            sureness = Sureness(arrays["slopes"], float(header["shift"]))
            made = Classifier(
                header["classes"], arrays["owners"], header["categories"], features, arrays["weights"], sureness
            )
            if not _fits(made):
                raise BadModel("The model cannot be read: its parts do not fit each other.")
            return cls(made, float(header["threshold"]), version)
        except (KeyError, TypeError, ValueError) as error:
            raise BadModel("The model cannot be read: a part of it is missing or does not fit the others.") from error

    def dump(self) -> bytes:
        made, features = self.classifier, self.classifier.features
        header = {
            "threshold": self.threshold,
            "shift": made.sureness.shift,
            "classes": made.classes,
            "categories": made.categories,
            "subjects": features.subjects,
            "terms": features.terms,
        }
        arrays: dict[str, storage.Array] = {
            "owners": made.owners,
            "weights": made.weights,
            "slopes": made.sureness.slopes,
            "idf": features.idf,
            "crossed": features.crossed,
        }
        return storage.pack(header, arrays)

    def predict(self, inquiries: Sequence[Inquiry], places: Sequence[Place], directory: Directory) -> list[Prediction]:
        """One prediction for each inquiry, in their order."""
        return [self._predict(*one, directory) for one in zip(inquiries, places, strict=True)]

    def _predict(self, inquiry: Inquiry, place: Place, directory: Directory) -> Prediction:
        """Agencies that returned the report are no longer likely. Where the place leaves several, they share."""
        row = self.classifier.features.row(reading(inquiry))
        ranked = self.classifier.ranked(self.classifier.scores(row)[None])
        shares: dict[str, float] = {}
        learned: dict[str, int] = {}
        for position, probability in zip(ranked.classes[0], ranked.probabilities[0], strict=True):
            agencies = kinds.resolve(self.classifier.classes[position], place.region, directory, inquiry.received_on)
            for code in agencies:
                if code not in inquiry.returned_by:
                    shares[code] = min(1.0, shares.get(code, 0.0) + float(probability) / len(agencies))
                    learned.setdefault(code, int(position))
            if len(shares) >= MOST_LIKELY:
                break
        ordered = sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:MOST_LIKELY]
        likely = tuple(self._likely(code, share, learned[code], row) for code, share in ordered)
        is_first = bool(ordered) and learned[ordered[0][0]] == ranked.classes[0, 0]
        told = tuple(float(one) for one in ranked.leads[0]) if is_first else None
        named = dict.fromkeys(self.classifier.categories[pair] for pair in ranked.pairs[0])
        there = [one for one in named if one in directory.categories]
        return Prediction(self.version, likely, self.threshold, told, tuple(there[:MOST_CATEGORIES]))

    def _likely(self, code: str, probability: float, position: int, row: Row) -> Likely:
        learned = self.classifier.classes[position]
        kind = learned.removeprefix(kinds.MARK) if learned.startswith(kinds.MARK) else None
        return Likely(code, probability, self.classifier.words(row, position), kind)


def reading(inquiry: Inquiry) -> Reading:
    return Reading(texts.normal(f"{inquiry.title}\n{inquiry.body}"), inquiry.subject or "")


def _fits(made: Classifier) -> bool:
    classes, owners, features = len(made.classes), made.owners, made.features
    return (
        classes > 1
        and sum(map(len, features.terms)) == len(features.idf)
        and made.weights.shape == (features.width, classes + len(owners))
        and made.sureness.slopes.shape == (2,)
        and owners.shape == (len(made.categories),)
        and bool((np.diff(owners) >= 0).all() and ((owners >= 0) & (owners < classes)).all())
        and bool((np.diff(features.crossed) > 0).all() and len(features.crossed) >= len(features.subjects))
    )
