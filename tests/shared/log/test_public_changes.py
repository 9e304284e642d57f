"""The public version of a report: it rises when what the public reads changes, and with nothing else."""

from typing import Any
from uuid import UUID

import pytest

from shared.domain.lifecycle import Status
from shared.log import public_changes
from shared.log.events import Event, EventType
from tests.factories import NOON
from tests.payloads import complete

E = EventType


def happened(*steps: tuple[EventType, dict[str, Any]]) -> list[Event]:
    received: tuple[EventType, dict[str, Any]] = (E.REPORT_RECEIVED, {})
    return [
        Event(UUID(int=seq), UUID(int=1), seq, type, NOON, NOON, "somebody", complete(type, data))
        for seq, (type, data) in enumerate((received, *steps), start=1)
    ]


def to(status: Status, agency: str | None = None) -> dict[str, Any]:
    return {"to": status.value, "agency": agency}


ASSIGNED = ((E.REPORT_VERIFIED, to(Status.VERIFIED)), (E.REPORT_ASSIGNED, to(Status.ASSIGNED, "PU")))


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        ((), 0),
        (((E.REPORT_VERIFIED, to(Status.VERIFIED)),), 0),  # the public sees its group only, and that stays
        (((E.REPORT_HELD, to(Status.AWAITING_REPORTER)),), 1),
        (((E.REPORT_MASKED, {}), (E.REPORT_CORRECTED, {})), 0),  # nothing is shown yet
        (ASSIGNED, 1),
        ((*ASSIGNED, (E.REPORT_MASKED, {})), 2),
        ((*ASSIGNED, (E.REPORT_CORRECTED, {})), 2),
        ((*ASSIGNED, (E.REPORT_RESPONDED, to(Status.IN_PROGRESS, "PU"))), 2),
        ((*ASSIGNED, *2 * ((E.REPORT_RESPONDED, to(Status.IN_PROGRESS, "PU")),)), 3),
        ((*ASSIGNED, (E.REPORT_REDIRECTED, to(Status.ASSIGNED, "DISHUB"))), 2),
        ((*ASSIGNED, (E.REPORT_RETURNED, to(Status.VERIFIED))), 2),
        ((*ASSIGNED, (E.REPORT_WITHDRAWN, to(Status.WITHDRAWN))), 2),
        ((*ASSIGNED, (E.REPORT_HELD, to(Status.AWAITING_REPORTER, "PU"))), 2),
    ],
)
def test_what_the_public_reads_counts(steps: Any, changes: int) -> None:
    assert public_changes.count_public_changes(happened(*steps)) == 1 + changes


@pytest.mark.parametrize(
    "type",
    [
        E.IDENTITY_REQUESTED, E.IDENTITY_APPROVED, E.IDENTITY_VIEWED, E.REPORT_NOTED, E.REPORT_JOINED, E.REPORT_PARTED,
        E.REPORTER_REPLIED, E.REPORTER_RATED, E.REPORTER_CONSENTED, E.REPORTER_WITHDREW, E.REPORTER_APPEALED,
        E.POLICY_MIGRATED,
        *(type for type in E if type.startswith("clock.")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [(), ASSIGNED])
def test_what_others_do_does_not(before: Any, type: EventType) -> None:
    assert public_changes.count_public_changes(happened(*before, (type, {}))) == public_changes.count_public_changes(
        happened(*before)
    )
