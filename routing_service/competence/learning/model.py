"""The learned model as a process holds it in memory, and as bytes: from inquiries to predictions. Pure, thread-safe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.learning import kinds, storage, texts
from routing_service.competence.learning.classifier import Classifier, Pairs, Ranked, Sureness
from routing_service.competence.learning.features import VIEWS, Crossing, Features, Ints, Reading, View
from routing_service.competence.learning.prediction import Likely, Prediction
from routing_service.competence.learning.storage import BadModel, pack_texts, unpack_texts
from routing_service.competence.place.place import Place
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
            made, threshold = _classifier(header, arrays), float(header["threshold"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadModel("The model cannot be read: a part of it is missing or does not fit the others.") from error
        if not _fits(made):
            raise BadModel("The model cannot be read: its parts do not fit each other.")
        return cls(made, threshold, version)

    def dump(self) -> bytes:
        made = self.classifier
        arrays: dict[str, storage.Array] = {
            "classes": pack_texts(made.classes),
            "owners": made.pairs.owners,
            "subjects": pack_texts(tuple(one.subject for one in made.features.crossings)),
            "weights": made.weights,
            "slopes": made.sureness.slopes,
        }
        for number, crossing in enumerate(made.features.crossings):
            arrays[f"crossing_{number}"] = crossing.terms.astype(np.int32)
        for view in made.features.views:
            arrays |= {f"{view.name}_terms": pack_texts(view.terms), f"{view.name}_idf": view.idf}
        return storage.pack(
            {
                "threshold": self.threshold,
                "shift": made.sureness.shift,
                "categories": made.pairs.categories,
            },
            arrays,
        )

    def predict(self, inquiries: Sequence[Inquiry], places: Sequence[Place], directory: Directory) -> list[Prediction]:
        """One prediction for each inquiry, in their order."""
        readings = [reading(inquiry) for inquiry in inquiries]
        ranked = self.classifier.rank(readings)
        asked = zip(inquiries, places, readings, strict=True)
        return [
            self._prediction(inquiry, place, read, ranked.of(position), directory)
            for position, (inquiry, place, read) in enumerate(asked)
        ]

    def _prediction(
        self, inquiry: Inquiry, place: Place, read: Reading, ranked: Ranked, directory: Directory
    ) -> Prediction:
        """Agencies that returned the report are no longer likely. Where the place leaves several, they share."""
        shares: dict[str, float] = {}
        learned: dict[str, int] = {}
        for position, probability in zip(ranked.classes[0], ranked.probabilities[0], strict=True):
            name = self.classifier.classes[position]
            agencies = kinds.resolve(name, place.region, directory, inquiry.received_on)
            for code in agencies:
                if code not in inquiry.returned_by:
                    shares[code] = min(1.0, shares.get(code, 0.0) + float(probability) / len(agencies))
                    learned.setdefault(code, int(position))
            if len(shares) >= MOST_LIKELY:
                break
        ordered = sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:MOST_LIKELY]
        likely = tuple(self._likely(code, share, learned[code], read) for code, share in ordered)
        is_first = bool(ordered) and learned[ordered[0][0]] == ranked.classes[0, 0]
        told = tuple(float(one) for one in ranked.leads[0]) if is_first else None
        return Prediction(self.version, likely, self.threshold, told, self._categories(ranked, directory))

    def _categories(self, ranked: Ranked, directory: Directory) -> tuple[str, ...]:
        """Those that there still are."""
        named = dict.fromkeys(self.classifier.pairs.categories[pair] for pair in ranked.pairs[0])
        return tuple(one for one in named if one in directory.categories)[:MOST_CATEGORIES]

    def _likely(self, code: str, probability: float, position: int, read: Reading) -> Likely:
        learned = self.classifier.classes[position]
        kind = learned.removeprefix(kinds.MARK) if learned.startswith(kinds.MARK) else None
        return Likely(code, probability, self.classifier.words(read, position), kind)


def reading(inquiry: Inquiry) -> Reading:
    return Reading(texts.normal(f"{inquiry.title}\n{inquiry.body}"), inquiry.subject or "")


def _classifier(header: Mapping[str, Any], arrays: Mapping[str, storage.Array]) -> Classifier:
    views = tuple(View(name, unpack_texts(arrays[f"{name}_terms"]), arrays[f"{name}_idf"]) for name in VIEWS)
    crossings = tuple(
        Crossing(subject, arrays[f"crossing_{number}"].astype(np.int64))
        for number, subject in enumerate(unpack_texts(arrays["subjects"]))
    )
    sureness = Sureness(arrays["slopes"], float(header["shift"]))
    pairs = Pairs(arrays["owners"], tuple(str(one) for one in header["categories"]))
    return Classifier(unpack_texts(arrays["classes"]), pairs, Features(views, crossings), arrays["weights"], sureness)


def _fits(made: Classifier) -> bool:
    classes, owners = len(made.classes), made.pairs.owners
    return (
        classes > 1
        and made.weights.shape == (made.features.width, classes + len(owners))
        and made.sureness.slopes.shape == (2,)
        and all(len(view.terms) == len(view.idf) for view in made.features.views)
        and owners.ndim == 1
        and len(owners) == len(made.pairs.categories)
        and all(_rises(one.terms, made.features.terms) for one in made.features.crossings)
        and bool((np.diff(owners) >= 0).all() and ((owners >= 0) & (owners < classes)).all())
    )


def _rises(positions: Ints, below: int) -> bool:
    """Positions without repetition, in order, all of them of terms."""
    in_order = positions.ndim == 1 and bool((np.diff(positions) > 0).all())
    return in_order and (not len(positions) or (int(positions[0]) >= 0 and int(positions[-1]) < below))
