"""Which reports somebody works on: by their role, and by the subtree of their agency."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role
from shared.domain.lifecycle import HIDDEN, Level
from shared.errors import Forbidden, Invalid
from shared.queries.subtrees import subtree
from shared.schema import Agency, Report


@dataclass(frozen=True, slots=True)
class Reach:
    """`codes` None: every report; else those that these agencies hold.

    Whoever is assigned to answer holds the report, so that the holder's agency says it all.
    """

    codes: Sequence[str] | None
    agencies_only: bool = False  #: what the coordinator of the instansi holds is not the agency's

    def condition(self) -> ColumnElement[bool]:
        """On `reports`."""
        if self.codes is None:
            return true()
        held = Report.holder_agency_code.in_(self.codes)
        return and_(held, Report.holder_level == Level.AGENCY) if self.agencies_only else held


EVERYTHING = Reach(None)

#: On `reports`: what everybody may know of. Whoever keeps rules and works on no report is told of nothing else, neither
#: one by one nor in a count.
PUBLISHED: ColumnElement[bool] = and_(
    Report.published_at.is_not(None), Report.secret.is_(False), Report.status.not_in(sorted(HIDDEN))
)


def knows_published_only(client: Client) -> bool:
    return client.role is Role.OPERATOR


async def known_subtree(session: AsyncSession, code: str) -> Sequence[str]:
    """An agency and all below it, for a filter of a list. Raises Invalid (422) if there is no such agency."""
    codes = await subtree(session, code)
    if not codes:
        raise Invalid(f"There is no agency {code}.", pointer="query/agency", code="unknown_agency")
    return codes


async def reach_of(session: AsyncSession, client: Client) -> Reach:
    """Raises Forbidden for who works on no report at all."""
    if client.role in {Role.NATIONAL_ADMIN, Role.SUPERVISOR, Role.SERVICE}:
        return EVERYTHING
    if client.role is Role.COORDINATOR and client.agency is not None:
        return Reach(await subtree(session, client.agency))
    if client.agency is None or not client.works_for_agency:
        raise Forbidden(f"The role {client.role.value} does not work on reports.")
    agency = await session.get(Agency, client.agency)
    # Who works in the instansi itself sees its own reports, not those of the agencies below it.
    in_root = agency is None or agency.parent_code is None
    codes = [client.agency] if in_root else await subtree(session, client.agency)
    return Reach(codes, agencies_only=True)
