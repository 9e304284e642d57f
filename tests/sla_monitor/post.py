"""Officers to write to, and what they are told of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared import ids
from shared.domain.lifecycle import Level, Status
from shared.domain.officers import OfficerRole
from shared.domain.wording import Language
from shared.schema import Officer
from shared.settings import MonitorSettings
from tests.factories import settings
from tests.sla_monitor.histories import History, end_of
from tests.sla_monitor.stored import a_report, computed, swept

STARTED = "2026-03-02 10:00"
DUE = end_of("2026-03-09")  # of a first response
SENDER = "lapor@pusat.example"


def monitor(smtp_url: str = "", **changes: Any) -> MonitorSettings:
    """At any hour, unless hours are what is tried."""
    changes = {"working_hours": ""} | changes
    given: MonitorSettings = settings(
        "postgresql://nobody/nothing", MonitorSettings, smtp_url=smtp_url, mail_from=SENDER, **changes
    )
    return given


async def an_officer(
    session: AsyncSession,
    role: OfficerRole = OfficerRole.LIAISON_OFFICER,
    agency: str | None = "SAMARINDA-PU",
    *,
    email: str | None = None,
    language: Language = Language.ID,
    active: bool = True,
) -> UUID:
    officer_id = ids.new_id()
    address = email or f"{role.value}@{(agency or 'pusat').lower()}.example"
    await session.execute(
        insert(Officer).values(
            id=officer_id, agency_code=agency, role=role, name="Sari Wulandari", email=address, language=language,
            active=active,
        )
    )  # fmt: skip
    return officer_id


async def overdue(
    session: AsyncSession, count: int = 1, *, agency: str = "SAMARINDA-PU", at: datetime = DUE, **columns: Any
) -> list[str]:
    """Reports whose first response is due at `DUE`, swept at an instant; their tracking numbers."""
    numbers = []
    for _ in range(count):
        number = ids.new_tracking_number()
        columns |= {"holder_level": Level.AGENCY, "holder_agency_code": agency, "agency_code": agency}
        history = History().received(STARTED).verified(STARTED).assigned(STARTED, agency)
        report_id = await a_report(session, history, status=Status.ASSIGNED, tracking_number=number, **columns)
        await computed(session, report_id, now=at)
        numbers.append(number)
    await swept(session, at)
    return numbers
