"""The explanation that is stored with a decision: written and read here, and nowhere by the names of its fields. Pure.

What one of its parts says of itself is the matter of that part: `Candidate`, `Reason`, `Place`, `Ruling`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from routing_service.competence.decision import Candidate, Doubt, Reason, Remark
from routing_service.competence.place.place import Place
from routing_service.competence.rules.ruling import Ruling
from shared.domain.codes import OverrideReason
from shared.domain.newer import code
from shared.log.payloads import EventType

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion as it was made. `clear` is what was found then, whatever of its doubts a reader may not see."""

    agency: str | None
    clear: bool
    candidates: tuple[Candidate, ...]
    doubts: tuple[Reason, ...]
    remarks: tuple[Reason, ...]

    @classmethod
    def from_data(cls, data: Json) -> Self:
        return cls(
            data["agency"],
            data["clear"],
            tuple(Candidate.from_data(one) for one in data["candidates"]),
            tuple(Reason.from_data(Doubt, one) for one in data["doubts"]),
            tuple(Reason.from_data(Remark, one) for one in data.get("remarks", ())),
        )

    def as_data(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "clear": self.clear,
            "candidates": [one.as_data() for one in self.candidates],
            "doubts": [one.as_data() for one in self.doubts],
            "remarks": [one.as_data() for one in self.remarks],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """`action`: the event that was decided with it. `differs`: whether a person chose otherwise; None: nobody chose."""

    suggestion: Suggested | None = None
    place: Place | None = None
    ruling: Ruling | None = None
    prediction: Json | None = None
    versions: Json = field(default_factory=dict)
    action: EventType | None = None
    differs: bool | None = None
    override_reason: OverrideReason | None = None

    @classmethod
    def from_data(cls, data: Json) -> Self:
        """What a newer release says beside it is passed over."""
        suggestion, place, ruling = (data.get(name) for name in ("suggestion", "place", "ruling"))
        action, reason = data.get("action"), data.get("override_reason")
        return cls(
            None if suggestion is None else Suggested.from_data(suggestion),
            None if place is None else Place.from_data(place),
            None if ruling is None else Ruling.from_data(ruling),
            prediction=data.get("prediction"),
            versions=data.get("versions") or {},
            action=None if action is None else code(EventType, action),
            differs=data.get("differs"),
            override_reason=None if reason is None else code(OverrideReason, reason),
        )

    def as_data(self) -> dict[str, Any]:
        parts = {"suggestion": self.suggestion, "place": self.place, "ruling": self.ruling}
        return {
            **{name: part and part.as_data() for name, part in parts.items()},
            "prediction": self.prediction,
            "versions": dict(self.versions),
            "action": self.action and self.action.value,
            "differs": self.differs,
            "override_reason": self.override_reason and self.override_reason.value,
        }
