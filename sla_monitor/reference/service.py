"""The calendar and the policies that clocks are computed with, read once per version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Unavailable
from shared.log.payloads import Logged
from shared.log.payloads.monitor import PolicyMigrated
from shared.log.payloads.placed import NEW
from sla_monitor import policy_documents
from sla_monitor.calendars import Calendar
from sla_monitor.deadlines import DEFAULT_ZONE, LocalLimits
from sla_monitor.policy import NoPolicy, Policy, in_force
from sla_monitor.reference import queries


class NoReferenceData(Unavailable):
    """Nothing was loaded yet: the monitor waits for `lapor seed`."""

    code = "no_reference_data"


@dataclass(frozen=True)
class Reference:
    calendar_id: int
    calendar: Calendar
    policies: Mapping[str, Policy]  # the active ones, by code
    local_limits: LocalLimits = field(default_factory=dict)

    def policy_of(self, history: Sequence[Logged]) -> Policy:
        """The policy that a report is under: the one it was migrated to last, else the one of its receipt.

        A function of the log, as long as active policies stay what they are. Raises NoPolicy.
        """
        for event in reversed(history):
            if (migrated := event.carries(PolicyMigrated)) is not None:
                if (policy := self.policies.get(migrated.policy)) is None:
                    raise NoPolicy(f"The report was migrated to {migrated.policy}, which is not active.")
                return policy
        place = history[0].placed or NEW
        return self.policy_for(history[0].occurred_at, place.time_zone or DEFAULT_ZONE)

    def policy_for(self, received_at: datetime, time_zone: str = DEFAULT_ZONE) -> Policy:
        """The policy that a report received then keeps; the day is the one of its place. Raises NoPolicy."""
        return in_force(self.policies.values(), received_at.astimezone(ZoneInfo(time_zone)).date())


class References:
    """What was read last, and again if it has changed. One per process, handed down; two at once do no harm."""

    def __init__(self) -> None:
        self._known: tuple[queries.Stamp, Reference] | None = None

    async def current(self, session: AsyncSession) -> Reference:
        """One cheap query if nothing has changed. Raises NoReferenceData before anything was loaded."""
        stamp = await queries.stamp(session)
        if self._known is None or self._known[0] != stamp:
            self._known = stamp, await read_reference(session)
        return self._known[1]


async def read_reference(session: AsyncSession) -> Reference:
    found = await queries.active_calendar(session)
    if found is None:
        raise NoReferenceData("There is no active calendar; load the reference data with `lapor seed`.")
    calendar_id, calendar = found
    policies = [policy_documents.parse_policy(document) for document in await queries.active_policies(session)]
    by_code = MappingProxyType({policy.code: policy for policy in policies})
    return Reference(calendar_id, calendar, by_code, await queries.local_limits(session))
