"""What a reporter may still ask for after a withdrawal, after a clock's end, after an appeal."""

import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared import ids
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.factories import DAY, NOON
from tests.intake_api.helpers import Clock, Submitted, code_of, moved, submitted

BODIES: dict[str, Any] = {
    "replies": {"body": "Masih berlubang."},
    "ratings": {"score": 4, "resolved": True},
    "withdrawal": None,
    "reopening": {"body": "Rusak lagi."},
    "appeal": {"body": "Ini memang tugas pemerintah."},
}


async def act(client: httpx.AsyncClient, report: Submitted, name: str, body: Any = None) -> httpx.Response:
    return await client.post(f"{report.path}/{name}", json=body or BODIES[name], headers=report.as_reporter)


@pytest.mark.parametrize(
    ("type", "status", "names"),
    [
        (EventType.REPORT_ARCHIVED, Status.ARCHIVED, ("withdrawal", "appeal")),
        (EventType.REPORT_CLOSED, Status.CLOSED, ("withdrawal", "reopening")),
        (EventType.REPORT_MERGED, Status.MERGED, ("withdrawal",)),
        (EventType.REPORT_ANSWERED, Status.ANSWERED, ("withdrawal", "replies", "ratings")),
        (EventType.REPORT_WITHDRAWN, Status.WITHDRAWN, ("withdrawal",)),
    ],
)
async def test_whoever_has_withdrawn_is_told_so_wherever_the_report_is_meanwhile(
    client: httpx.AsyncClient, committed: Sessions, type: EventType, status: Status, names: tuple[str, ...]
) -> None:
    await submitted(client)
    report = await submitted(client)
    assert (await act(client, report, "withdrawal")).status_code == 200
    await moved(committed, report, type, status)

    assert {code_of(await act(client, report, name)) for name in names} == {(409, "already_withdrawn")}


@pytest.mark.parametrize(("granted", "taken"), [(True, False), (False, True)])
async def test_after_a_withdrawal_a_consent_is_taken_back_and_not_given(
    client: httpx.AsyncClient, granted: bool, taken: bool
) -> None:
    report = await submitted(client)
    await act(client, report, "withdrawal")

    answer = await act(client, report, "consents", {"purpose": "ombudsman", "granted": granted})

    assert answer.status_code == 200 if taken else code_of(answer) == (409, "already_withdrawn")


@pytest.mark.parametrize(
    ("cause", "days", "taken"), [("silence", 39, True), ("silence", 41, False), ("rating", 39, False)]
)
async def test_what_silence_closed_is_reopened_until_thirty_days_after_that_was_recorded(
    client: httpx.AsyncClient, committed: Sessions, now: Clock, cause: str, days: int, taken: bool
) -> None:
    """Ten days after the due instant a service that was away records it."""
    report = await submitted(client)
    await moved(
        committed, report, EventType.REPORT_CLOSED, Status.CLOSED, recorded_at=NOON + 10 * DAY, data={"cause": cause}
    )
    now.now = NOON + days * DAY

    answer = await act(client, report, "reopening")

    assert answer.status_code == 200 if taken else code_of(answer) == (409, "too_late_to_reopen")


@pytest.mark.parametrize(("cause", "taken"), [("elapsed", True), ("officer", False)])
async def test_an_appeal_may_be_made_again_when_nobody_has_decided_on_it(
    client: httpx.AsyncClient, committed: Sessions, cause: str, taken: bool
) -> None:
    report = await submitted(client)
    await moved(committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED, data={"cause": "officer"})
    await act(client, report, "appeal")
    await moved(committed, report, EventType.REPORT_APPEALED, Status.RECEIVED)
    await moved(committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED, data={"cause": cause})

    answer = await act(client, report, "appeal")

    assert answer.status_code == 200 if taken else code_of(answer) == (409, "already_appealed")


async def test_the_working_days_of_an_appeal_count_from_when_a_clocks_archiving_was_recorded(
    client: httpx.AsyncClient, committed: Sessions, now: Clock
) -> None:
    report = await submitted(client)
    recorded_at = NOON + 21 * DAY
    await moved(
        committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED, recorded_at=recorded_at,
        data={"cause": "elapsed"},
    )  # fmt: skip
    now.now = recorded_at + timedelta(days=2)

    assert (await act(client, report, "appeal")).status_code == 200


@pytest.mark.parametrize("dropped", [1, 2])
async def test_a_number_is_found_without_the_zeros_that_a_spreadsheet_drops(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, dropped: int
) -> None:
    digits = "0" * dropped + str(secrets.randbelow(10**6)).rjust(9 - dropped, "7")
    number = digits + ids.check_digit(digits)
    with monkeypatch.context() as patched:
        patched.setattr(ids, "new_tracking_number", lambda: number)
        report = await submitted(client)

    public = await client.get(f"/v1/reports/{number[dropped:]}")
    own = await client.get(f"/v1/reports/{number[dropped:]}", headers=report.as_reporter)
    reply = await client.post(
        f"/v1/reports/{number[dropped:]}/replies", json={"body": "Masih."}, headers=report.as_reporter
    )

    assert [one.json()["tracking_number"] for one in (public, own, reply)] == [number] * 3
