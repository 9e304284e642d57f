"""The learned model as a process holds it in memory: from subjects to predictions. Pure, thread-safe."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing_service.directory import Directory
from routing_service.jurisdiction.place import Place
from routing_service.learning import kinds, storage, texts
from routing_service.learning.classifier import Classifier, best
from routing_service.learning.features import Floats, Reading
from routing_service.learning.prediction import Likely, Prediction
from routing_service.subjects import Subject

MOST_LIKELY = 3
ENOUGH = 0.999  #: of the probability is shared out: the classes after it are not looked at


@dataclass(frozen=True)
class Model:
    """`threshold`: from this probability on an agency was right as often as wanted, on held-back reports."""

    classifier: Classifier
    threshold: float
    version: int | None = None

    @classmethod
    def load(cls, blob: bytes, *, version: int | None = None) -> "Model":
        """Raises BadModel."""
        header, arrays = storage.unpack(blob)
        classifier = Classifier.unpacked(header, arrays)
        try:
            return cls(classifier, float(header["threshold"]), version)
        except (KeyError, TypeError, ValueError) as error:
            raise storage.BadModel("The model cannot be read: a part of it is missing.") from error

    def dump(self) -> bytes:
        header, arrays = self.classifier.packed()
        return storage.pack({**header, "threshold": self.threshold}, arrays)

    def predict(self, subjects: Sequence[Subject], places: Sequence[Place], directory: Directory) -> list[Prediction]:
        """One prediction for each subject, in their order."""
        readings = [reading(subject, place) for subject, place in zip(subjects, places, strict=True)]
        if not readings:
            return []
        found = self.classifier.probabilities(self.classifier.features.matrix(readings))
        return [self._prediction(*one, directory) for one in zip(subjects, places, readings, found, strict=True)]

    def _prediction(
        self, subject: Subject, place: Place, read: Reading, probabilities: Floats, directory: Directory
    ) -> Prediction:
        shares: dict[str, float] = {}
        learned: dict[str, int] = {}
        given = 0.0
        for position in best(probabilities):
            share = float(probabilities[position])
            agencies = [
                code
                for code in kinds.resolve(
                    self.classifier.classes[position], place.region, directory, subject.received_on
                )
                if code not in subject.returned_by
            ]
            for code in agencies:
                shares[code] = shares.get(code, 0.0) + share / len(agencies)
                learned.setdefault(code, position)
            given += share
            if len(shares) >= MOST_LIKELY and given >= ENOUGH:
                break
        likely = tuple(
            self._likely(code, share, learned[code], read) for code, share in kinds.merged(shares)[:MOST_LIKELY]
        )
        return Prediction(self.version, likely, self.threshold)

    def _likely(self, code: str, probability: float, position: int, read: Reading) -> Likely:
        learned = self.classifier.classes[position]
        kind = learned.removeprefix(kinds.MARK) if learned.startswith(kinds.MARK) else None
        return Likely(code, min(probability, 1.0), self.classifier.words(read, position), kind)


def reading(subject: Subject, place: Place) -> Reading:
    return Reading(texts.normal(f"{subject.title}\n{subject.body}"), kinds.region_tokens(place.region))
