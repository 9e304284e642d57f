"""The explanation that is stored with a decision."""

import re
from pathlib import Path
from typing import Any

import pytest

from routing_service.competence.decision import Doubt
from routing_service.work.decisions.explanation import Explanation
from shared.domain.codes import OverrideReason
from shared.log.events import EventType

EVIDENCE = {"source": "body", "region": "64.72", "confidence": 0.8, "values": {"how": "name_alone"}}
OTHER = {"source": "given_code", "region": "64.71", "confidence": 0.9, "values": {}}
STORED: dict[str, Any] = {
    "suggestion": {
        "agency": "PU", "clear": False,
        "candidates": [
            {"agency": "PU", "name": "Dinas PU", "score": 0.75, "reasons": [{"code": "rule", "rule": 3}]},
        ],
        "doubts": [{"code": "not_sure", "probability": 0.7, "threshold": 0.9}],
        "remarks": [{"code": "pin_unused"}],
    },
    "place": {
        "region": "64.71", "confidence": 0.9, "evidence": [OTHER, EVIDENCE],
        "contradictions": [{"one": OTHER, "other": EVIDENCE}], "boundaries": 4,
    },
    "ruling": {
        "rule_set": 2, "tried": 5, "failure": None,
        "match": {
            "rule": 3, "position": 5, "agency": "PU", "conditions": {"category": "roads"}, "result": {"agency": "PU"},
            "note": "Jalan.", "after": None,
        },
    },
    "prediction": {"model": 1}, "versions": {"rule_set": 2}, "action": "report.assigned", "differs": True,
    "override_reason": "rule_outdated",
}  # fmt: skip


def test_what_is_stored_is_read_and_written_again() -> None:
    explanation = Explanation.from_data(STORED)

    assert explanation.as_data() == STORED
    assert explanation.action is EventType.REPORT_ASSIGNED
    assert explanation.override_reason is OverrideReason.RULE_OUTDATED


@pytest.mark.parametrize("gone", ["place", "ruling", "prediction", "override_reason", "suggestion"])
def test_what_was_not_stored_is_none(gone: str) -> None:
    explanation = Explanation.from_data({name: value for name, value in STORED.items() if name != gone})

    assert getattr(explanation, gone) is None


def test_what_only_a_newer_release_knows_is_passed_over_and_its_codes_are_read() -> None:
    doubts = [{"code": "two_moons", "count": 2}]
    newer = STORED | {"weather": "rain", "suggestion": STORED["suggestion"] | {"doubts": doubts, "mood": 1}}

    said = Explanation.from_data(newer).suggestion

    assert said is not None
    assert [one.as_data() for one in said.doubts] == doubts
    assert said.doubts[0].code not in set(Doubt)


def test_sql_reads_only_what_an_explanation_has() -> None:
    root = Path(__file__).parents[3]
    read = {
        key
        for package in ("routing_service", "services")
        for path in (root / package).rglob("*.py")
        for key in re.findall(r"""explanation(?:\s*->>?\s*'|\[")(\w+)""", path.read_text())
    }

    assert "prediction" in read
    assert read <= Explanation().as_data().keys()
