"""Who sees which evidence of a report."""

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import queries as evidence
from intake_api.evidence.addresses import Audience
from intake_api.reporters import access
from intake_api.reporters import queries as reporters
from intake_api.reporters.access import Credentials
from shared import ids
from shared.clients import OFFICERS, Client, Role, Scope
from shared.queries.reach import reach_of
from shared.schema import Report


async def may_see(session: AsyncSession, tracking_number: str, who: Credentials) -> tuple[Report, Audience]:
    """Raises NotFound, for a secret report too."""
    if who.given:
        report, _ = await access.find_own(session, tracking_number, who)
        return report, Audience.OWN
    number = ids.is_tracking_number(tracking_number)
    found = await reporters.find_by_number(session, tracking_number) if number else None
    if found is None:
        raise access.unknown(tracking_number)
    report = found[0]
    if who.client is not None and await _works_on(session, report, who.client):
        return report, Audience.WORK
    if report.secret:
        raise access.unknown(tracking_number)
    return report, Audience.PUBLIC


async def _works_on(session: AsyncSession, report: Report, client: Client) -> bool:
    """Who reads words reads files: of a secret report a supervisor only with the scope for it."""
    if client.role is Role.SUPERVISOR and report.secret and not client.may(Scope.SECRET):
        return False
    if client.role not in OFFICERS | {Role.SUPERVISOR} and not client.works_for_agency:
        return False
    return await evidence.is_in_reach(session, report.id, await reach_of(session, client))
