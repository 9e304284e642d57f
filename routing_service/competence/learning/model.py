"""The learned model as a process holds it in memory: from subjects to predictions. Pure, thread-safe."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing_service.competence.learning import encoding, kinds, storage, texts
from routing_service.competence.learning.classifier import Classifier
from routing_service.competence.learning.features import Floats, Reading
from routing_service.competence.learning.prediction import Likely, Prediction
from routing_service.competence.place.place import Place
from routing_service.competence.subject import Subject
from routing_service.registry.directory import Directory

MOST_LIKELY = 3


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
        try:
            threshold = float(header["threshold"])
        except (KeyError, TypeError, ValueError) as error:
            raise storage.BadModel("The model cannot be read: it has no threshold.") from error
        return cls(encoding.decode(header, arrays), threshold, version)

    def dump(self) -> bytes:
        header, arrays = encoding.encode(self.classifier)
        return storage.pack({**header, "threshold": self.threshold}, arrays)

    def predict(self, subjects: Sequence[Subject], places: Sequence[Place], directory: Directory) -> list[Prediction]:
        """One prediction for each subject, in their order."""
        if not subjects:
            return []
        readings = [reading(subject, place) for subject, place in zip(subjects, places, strict=True)]
        ranked = self.classifier.rank(readings)
        return [
            self._prediction(subject, place, read, classes, found, directory)
            for subject, place, read, classes, found in zip(
                subjects, places, readings, ranked.classes, ranked.probabilities, strict=True
            )
        ]

    def _prediction(
        self,
        subject: Subject,
        place: Place,
        read: Reading,
        classes: Sequence[int],
        probabilities: Floats,
        directory: Directory,
    ) -> Prediction:
        """Agencies that returned the report are no longer likely. Where the place leaves several, they share."""
        shares: dict[str, float] = {}
        learned: dict[str, int] = {}
        for position, probability in zip(classes, probabilities, strict=True):
            name = self.classifier.classes[position]
            agencies = kinds.resolve(name, place.region, directory, subject.received_on)
            for code in agencies:
                if code not in subject.returned_by:
                    shares[code] = min(1.0, shares.get(code, 0.0) + float(probability) / len(agencies))
                    learned.setdefault(code, int(position))
            if len(shares) >= MOST_LIKELY:
                break
        ordered = sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:MOST_LIKELY]
        likely = tuple(self._likely(code, share, learned[code], read) for code, share in ordered)
        return Prediction(self.version, likely, self.threshold)

    def _likely(self, code: str, probability: float, position: int, read: Reading) -> Likely:
        learned = self.classifier.classes[position]
        kind = learned.removeprefix(kinds.MARK) if learned.startswith(kinds.MARK) else None
        return Likely(code, probability, self.classifier.words(read, position), kind)


def reading(subject: Subject, place: Place) -> Reading:
    district, village = kinds.district_and_village(place.region)
    return Reading(texts.normal(f"{subject.title}\n{subject.body}"), district, village)
