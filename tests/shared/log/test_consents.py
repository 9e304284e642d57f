"""What the events of a report say about the reporter's consent."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.log.consents import SILENT_AFTER, Consent, ConsentState, to_ombudsman
from shared.log.payloads import Logged
from tests.factories import DAY, NOON

S = ConsentState
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Fact(Logged):
    type: str
    occurred_at: datetime
    data: Any = field(default_factory=dict)
    recorded_at: datetime = NOON
    seq: int = 1


def asked(at: datetime = NOON, **changes: Any) -> Fact:
    data = {
        "stage": "oversight_resolution", "opened_seq": 1, "round": 1, "step": 0, "level": 1, "recipients": ["reporter"],
        "notify": True, "late_entry": False,
    }  # fmt: skip
    return Fact("clock.escalated", at - DAY, data | changes, recorded_at=at)


def reinstated(*steps: int) -> Fact:
    return Fact("clock.reinstated", NOON, {"stage": "oversight_resolution", "opened_seq": 1, "steps": list(steps)})


def answered(granted: bool, at: datetime = NOON + DAY) -> Fact:
    return Fact("reporter.consented", at, {"by": "code", "purpose": "ombudsman", "granted": granted})


WITHDREW = Fact("reporter.withdrew", NOON + 2 * DAY)
WITHDRAWN = Fact("report.withdrawn", NOON + 3 * DAY)


@pytest.mark.parametrize(
    ("history", "now", "expected"),
    [
        ([], NOON, Consent(S.NOT_ASKED)),
        ([asked(recipients=["regional_head"])], NOON, Consent(S.NOT_ASKED)),
        ([asked(notify=False)], NOON, Consent(S.NOT_ASKED)),  # a historical import asks nobody
        ([asked()], NOON, Consent(S.ASKED, NOON)),
        ([asked()], NOON + SILENT_AFTER - SECOND, Consent(S.ASKED, NOON)),
        ([asked()], NOON + SILENT_AFTER, Consent(S.SILENT, NOON)),
        ([asked(), reinstated(0)], NOON, Consent(S.NOT_ASKED)),
        ([asked(), reinstated(3)], NOON, Consent(S.ASKED, NOON)),
        ([asked(), reinstated(0), asked(NOON + DAY)], NOON, Consent(S.ASKED, NOON + DAY)),
        ([asked(), answered(True)], NOON + 99 * DAY, Consent(S.GRANTED, NOON, NOON + DAY)),
        ([asked(), answered(False)], NOON + 99 * DAY, Consent(S.REFUSED, NOON, NOON + DAY)),
        ([asked(), answered(True), answered(False, NOON + 2 * DAY)], NOON, Consent(S.REFUSED, NOON, NOON + 2 * DAY)),
        ([answered(True)], NOON, Consent(S.GRANTED, None, NOON + DAY)),
        ([asked(), answered(True), WITHDREW], NOON, Consent(S.WITHDRAWN, NOON, NOON + 2 * DAY)),
        ([asked(), answered(True), WITHDRAWN], NOON, Consent(S.WITHDRAWN, NOON, NOON + 3 * DAY)),
        ([asked(), WITHDREW, WITHDRAWN, answered(True)], NOON, Consent(S.WITHDRAWN, NOON, NOON + 2 * DAY)),
    ],
)
def test_the_last_answer_counts_and_silence_follows_from_the_time(
    history: list[Fact], now: datetime, expected: Consent
) -> None:
    assert to_ombudsman(history, now=now) == expected
