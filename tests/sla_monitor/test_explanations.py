"""Why a deadline is what it is, in words: in both languages, and in the places where people read it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.clock import now_dependency
from shared.domain.wording import Language
from sla_monitor.explanations import step_text, text
from tests.factories import a_registry, bearer
from tests.sla_monitor.histories import MICROSECOND, History, at_work, calendar, end_of, local, policy
from tests.sla_monitor.stored import a_report, computed, swept, went_on

ADMIN = bearer(Role.NATIONAL_ADMIN)
STARTED = "2025-03-25 10:00"


def said(history: History, stage: str, language: Language, now: str | datetime) -> str:
    return text(history.last(stage), policy(), calendar(), language=language, now=local(now))


def test_a_clock_says_limit_law_due_and_what_did_not_count_in_both_languages() -> None:
    history = at_work(STARTED)

    assert said(history, "first_response", Language.ID, "2025-04-01 09:00") == (
        "Tindak lanjut pertama: 5 hari kerja sejak 25 Maret 2025 10.00 WITA (PermenPANRB 62/2018; pasti). "
        "Hari itu sendiri tidak dihitung; tenggatnya 10 April 2025 24.00 WITA. "
        "11 hari tidak dihitung: cuti bersama 5 (Cuti Bersama Hari Suci Nyepi; Cuti Bersama Hari Raya Idul Fitri), "
        "akhir pekan 4, libur nasional 2 (Hari Raya Idul Fitri; Hari kedua dari Hari Raya Idul Fitri). "
        "Tenggat belum terlampaui; setelahnya keterlambatan dieskalasi."
    )
    assert said(history, "first_response", Language.EN, "2025-04-01 09:00") == (
        "First response: 5 working days from 25 March 2025 10:00 WITA (PermenPANRB 62/2018; certain). "
        "That day is day 0; it is due at 10 April 2025 24:00 WITA. "
        "11 days did not count: collective leave 5 (Day of Silence Joint Holiday; Eid al-Fitr Joint Holiday), "
        "weekends 4, public holidays 2 (Eid al-Fitr; Eid al-Fitr Second Day). "
        "It is not due yet; then the delay is escalated."
    )


@pytest.mark.parametrize(
    ("history", "now", "ending"),
    [
        (at_work(STARTED), end_of("2025-04-10") - MICROSECOND, "It is not due yet; then the delay is escalated."),
        (at_work(STARTED), end_of("2025-04-10"), "It is overdue: the delay is escalated."),
        (at_work(STARTED).responded("2025-04-10 23:59"), "2025-05-01", "Stopped at 10 April 2025 23:59 WITA, in time."),
        (at_work(STARTED).responded("2025-04-11 00:00"), "2025-05-01", "Stopped at 10 April 2025 24:00 WITA, late."),
        (at_work(STARTED).returned("2025-03-26 09:00"), "2025-05-01",
         "Cancelled at 26 March 2025 09:00 WITA, before it was due."),
        (at_work(STARTED).returned("2025-04-20 09:00"), "2025-05-01",
         "Cancelled at 20 April 2025 09:00 WITA, after it was due."),
        (at_work(STARTED).held("2025-03-26 09:00"), "2025-05-01", "It cannot become late while it is paused."),
    ],
)  # fmt: skip
def test_a_clock_says_how_it_stands(history: History, now: str | datetime, ending: str) -> None:
    assert said(history, "first_response", Language.EN, now).endswith(ending)


def test_a_paused_clock_says_since_when_and_why() -> None:
    history = at_work(STARTED).held("2025-03-26 09:00")

    assert "Berhenti sementara sejak 26 Maret 2025 09.00 WITA (Tunda)" in said(
        history, "first_response", Language.ID, "2025-04-01"
    )


def test_a_stricter_limit_of_the_agency_is_named_beside_the_law() -> None:
    clock = next(
        one for one in at_work(STARTED).clocks(local_limits={"dinas-pu": {"first_response": 3}})
        if one.stage == "first_response"
    )  # fmt: skip

    words = text(clock, policy(), calendar(), language=Language.EN, now=local(STARTED))

    assert "3 working days set by the agency itself, stricter than 5 from 25 March" in words


def test_a_deadline_in_a_year_without_its_cuti_bersama_says_that_it_may_move() -> None:
    late = said(at_work("2028-01-10 10:00"), "first_response", Language.EN, "2028-01-11 10:00")
    known = said(at_work("2026-01-12 10:00"), "first_response", Language.EN, "2026-01-13 10:00")

    assert "The cuti bersama of 2028 are not loaded yet" in late
    assert "not loaded" not in known


def test_each_rung_of_the_ladder_says_when_and_to_whom() -> None:
    clock = at_work(STARTED).last("first_response")

    assert [step_text(step, clock, language=Language.EN) for step in clock.steps] == [
        "Reminder at 9 April 2025 24:00 WITA (1 working day before it is due), to the liaison officers.",
        "Breach, level 1 at 10 April 2025 24:00 WITA (when it is due), to the liaison officers and the head of the "
        "agency.",
        "Escalation to level 2 at 15 April 2025 24:00 WITA (3 working days after it was due), to the coordinator.",
        "Escalation to level 3 at 22 April 2025 24:00 WITA (7 working days after it was due), to the regional "
        "secretary and the inspectorate.",
    ]


@pytest.fixture
async def overdue(app: FastAPI, session: AsyncSession) -> Any:
    """A report that is three days and more overdue, and watched."""
    await a_registry(session)
    report_id = await a_report(session, at_work(STARTED))
    now = end_of("2025-04-15")
    app.dependency_overrides[now_dependency] = lambda: now
    await computed(session, report_id, now=now)
    await swept(session, now)
    return report_id


@pytest.mark.parametrize(
    ("accepted", "beginning"),
    [(None, "Tindak lanjut"), ("id", "Tindak lanjut"), ("en-GB,en;q=0.9", "First response"), ("fr", "Tindak lanjut")],
)
async def test_the_clocks_of_a_report_explain_themselves_in_the_language_asked_for(
    client: httpx.AsyncClient, overdue: Any, accepted: str | None, beginning: str
) -> None:
    headers = ADMIN | ({"Accept-Language": accepted} if accepted else {})

    answer = (await client.get(f"/v1/reports/{overdue}/clocks", headers=headers)).json()

    clock = next(item for item in answer["items"] if item["stage"] == "first_response")
    assert clock["explanation"].startswith(beginning)
    assert (clock["legal_basis"], clock["mark"], clock["policy_days"]) == ("PermenPANRB 62/2018", "C", 5)
    assert [(step["step"], step["state"]) for step in clock["steps"]] == [
        (-1, "done"), (0, "done"), (3, "done"), (7, "ahead")
    ]  # fmt: skip
    assert all((step["recorded_at"] is None) == (step["state"] == "ahead") for step in clock["steps"])


async def test_an_escalation_carries_its_explanation_as_it_was_when_it_was_recorded(
    client: httpx.AsyncClient, session: AsyncSession, overdue: Any
) -> None:
    """A pause that is told later changes the clock, and not what was said of the breach."""
    english = ADMIN | {"Accept-Language": "en"}
    listed = (await client.get("/v1/escalations", headers=english, params={"stage": "first_response"})).json()["items"]
    one = next(item for item in listed if item["step"] == 3)
    history = at_work(STARTED).responded("2025-04-16 09:00")
    await went_on(session, overdue, history)
    await computed(session, overdue, now=end_of("2025-04-16"))

    again = (await client.get(f"/v1/escalations/{one['id']}", headers=english)).json()
    indonesian = (await client.get(f"/v1/escalations/{one['id']}", headers=ADMIN)).json()

    assert again == one
    assert one["explanation"].startswith("Escalation to level 2 at 15 April 2025 24:00 WITA (3 working days after")
    assert "due at 10 April 2025 24:00 WITA" in one["explanation"]
    assert one["explanation"].endswith("It is overdue: the delay is escalated.")
    assert indonesian["explanation"].startswith("Eskalasi tingkat 2 pada 15 April 2025")


async def test_an_escalation_that_is_not_there_or_not_the_callers_is_not_found(
    client: httpx.AsyncClient, overdue: Any
) -> None:
    listed = (await client.get("/v1/escalations", headers=ADMIN)).json()["items"]
    officer = bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-DINKES")

    missing = await client.get(f"/v1/escalations/{uuid4()}", headers=ADMIN)
    foreign = await client.get(f"/v1/escalations/{listed[0]['id']}", headers=officer)

    assert (missing.status_code, foreign.status_code) == (404, 404)
    assert missing.json()["code"] == foreign.json()["code"] == "not_found"
