"""The reporter is asked whether the Ombudsman may take the case over, and sees what they answered."""

from typing import Any

import httpx

from shared.database import Sessions
from shared.log import events
from shared.log.consents import SILENT_AFTER
from shared.log.events import EventType
from tests.factories import NOON, drafted
from tests.intake_api.helpers import Clock, Submitted, submitted

ASKED = {"stage": "oversight_resolution", "opened_seq": 1, "step": 0, "recipients": ["reporter"], "notify": True}


async def asked(committed: Sessions, report: Submitted) -> None:
    """What the sweep writes when the oversight of the resolution is due."""
    async with committed.begin() as session:
        head = await events.lock_head(session, report.id)
        assert head is not None
        draft = drafted(EventType.CLOCK_ESCALATED, NOON, "service:sla_monitor", ASKED)
        await events.append(session, head, draft, recorded_at=NOON)


async def seen(client: httpx.AsyncClient, report: Submitted, language: str = "id") -> Any:
    headers = report.as_reporter | {"Accept-Language": language}
    return (await client.get(report.path, headers=headers)).json()["consents"]


async def answer(client: httpx.AsyncClient, report: Submitted, granted: bool) -> Any:
    body = {"purpose": "ombudsman", "granted": granted}
    return (await client.post(f"{report.path}/consents", json=body, headers=report.as_reporter)).json()["consents"]


async def test_nothing_is_asked_before_the_oversight_is_due(client: httpx.AsyncClient) -> None:
    assert await seen(client, await submitted(client)) == []


async def test_who_is_asked_sees_the_question_and_later_that_he_was_silent(
    client: httpx.AsyncClient, committed: Sessions, now: Clock
) -> None:
    report = await submitted(client)
    await asked(committed, report)

    (question,) = await seen(client, report, "en")
    assert question == {
        "purpose": "ombudsman",
        "state": "asked",
        "text": "This report was not resolved within the oversight deadline. May the Ombudsman take the case over?",
        "asked_at": NOON.isoformat().replace("+00:00", "Z"),
        "answered_at": None,
    }

    now.now = NOON + SILENT_AFTER
    (silent,) = await seen(client, report)
    assert (silent["state"], silent["text"][:18]) == ("silent", "Anda belum menjawa")


async def test_refusal_and_consent_are_recorded_and_the_last_word_counts(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, anonymous=True)
    await asked(committed, report)

    assert [one["state"] for one in await answer(client, report, False)] == ["refused"]
    assert [one["state"] for one in await answer(client, report, True)] == ["granted"]

    async with committed() as session:
        history = await events.history(session, report.id)
    assert [(one.actor, one.data["granted"]) for one in history if one.type == "reporter.consented"] == [
        ("reporter", False),
        ("reporter", True),
    ]
