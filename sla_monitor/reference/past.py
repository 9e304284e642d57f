"""The calendar, the policies and the local limits as they were in force at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import AgencyLimit, CalendarVersion, Policy
from sla_monitor.calendars import Calendar
from sla_monitor.reference import queries
from sla_monitor.reference.service import Reference, References


@dataclass(frozen=True, slots=True)
class Rules:
    """With what of the present rules was not in force yet."""

    reference: Reference
    later_policies: frozenset[str]
    later_limits: frozenset[str]  # codes of agencies


class PastRules:
    """Reads what it needs once, for any number of instants within one request."""

    def __init__(self, session: AsyncSession, references: References) -> None:
        self._session = session
        self._references = references
        self._calendars: dict[int, Calendar] = {}
        self._versions: Sequence[Row[tuple[int, datetime | None]]] | None = None
        self._policies: Sequence[Row[tuple[str, datetime | None]]] = ()
        self._limits: Sequence[Row[tuple[str, str, datetime]]] = ()

    async def at(self, instant: datetime) -> Rules:
        """What was activated later is left out; before anything was activated, the first version held.

        A local limit keeps no history: one that was changed later counts as not set yet.
        """
        current = await self._references.current(self._session)
        if self._versions is None:
            await self._read()
        calendar_id = self._version(instant, current.calendar_id)
        later = frozenset(row.code for row in self._policies if row.activated_at and row.activated_at > instant)
        if later >= set(current.policies):
            later = frozenset()
        changed = [(row.agency_code, row.stage) for row in self._limits if row.changed_at > instant]
        limits = {
            agency: {stage: days for stage, days in by_stage.items() if (agency, stage) not in changed}
            for agency, by_stage in current.local_limits.items()
        }
        reference = replace(
            current,
            calendar_id=calendar_id,
            calendar=await self._calendar(calendar_id, current),
            policies={code: policy for code, policy in current.policies.items() if code not in later},
            local_limits=limits,
        )
        return Rules(reference, later, frozenset(agency for agency, _ in changed))

    async def _read(self) -> None:
        table = CalendarVersion
        been_in_force = or_(table.active, table.superseded_at.is_not(None), table.activated_at.is_not(None))
        order = (table.activated_at.asc().nulls_first(), table.id)
        versions = await self._session.execute(
            select(table.id, table.activated_at).where(been_in_force).order_by(*order)
        )
        self._versions = versions.all()
        policies = select(Policy.code, Policy.activated_at).where(and_(Policy.active, Policy.activated_at.is_not(None)))
        self._policies = (await self._session.execute(policies)).all()
        limits = select(AgencyLimit.agency_code, AgencyLimit.stage, AgencyLimit.changed_at)
        self._limits = (await self._session.execute(limits)).all()

    def _version(self, instant: datetime, current: int) -> int:
        found = None
        for row in self._versions or ():
            if found is None or row.activated_at is None or row.activated_at <= instant:
                found = row.id
        return current if found is None else found

    async def _calendar(self, id: int, current: Reference) -> Calendar:
        if id == current.calendar_id:
            return current.calendar
        if id not in self._calendars:
            version = await self._session.get_one(CalendarVersion, id)
            self._calendars[id] = await queries.calendar_of(self._session, version)
        return self._calendars[id]
