"""Reference data of the monitor: the shipped policies, and the calendar of the installed `holidays` package.

Loading adds what is missing and changes nothing that is there. A newer package brings a new version of the calendar,
which stays inactive while another is active: deadlines move only when an operator says so.
"""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.domain.wording import Language, say
from sla_monitor import holidays_source, policy_documents
from sla_monitor.calendars import Calendar
from sla_monitor.reference import queries

Progress = Callable[[str], None]


async def load_rules(engine: AsyncEngine, *, progress: Progress) -> None:
    """Load policies and calendar. May run again at any time, also twice at once; then it adds nothing."""
    async with engine.begin() as connection:
        added = [code for code in policy_documents.SHIPPED if await _add_policy(connection, code)]
        progress(f"policies: {', '.join(added)} added" if added else "policies: all are there")
        await _add_calendar(connection, holidays_source.calendar(), progress)


async def _add_policy(connection: AsyncConnection, code: str) -> bool:
    document = policy_documents.shipped(code)
    policy = policy_documents.parse_policy(document)
    return await queries.add_policy(
        connection,
        {
            "code": policy.code,
            "name": say(policy.name, Language.EN),
            "legal_basis": policy.legal_basis,
            "effective_from": policy.effective_from,
            "active": policy.active,
            "document": document,
        },
    )


async def _add_calendar(connection: AsyncConnection, calendar: Calendar, progress: Progress) -> None:
    if await queries.calendar_named(connection, calendar.name) is not None:
        progress(f"calendar: {calendar.name} is there")
        return
    active = await queries.add_calendar(connection, calendar, source=holidays_source.SOURCE)
    if active is None:
        progress("calendar: another one was added at the same time")
        return
    state = "active" if active else "inactive, because another version is active"
    progress(f"calendar: {calendar.name} added ({state})")
    if calendar.incomplete_years:
        years = ", ".join(map(str, calendar.incomplete_years))
        progress(f"calendar: provisional for {years} (no cuti bersama, or feasts only estimated)")
