"""Which reports somebody works on: by their role, and by the subtree of their agency."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, TextClause, and_, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role, Scope
from shared.domain.lifecycle import HIDDEN, Level
from shared.errors import Forbidden, Invalid
from shared.queries.subtrees import subtree
from shared.reading import REACH, REACH_AT_WORK, REACH_OPEN
from shared.schema import Report


@dataclass(frozen=True, slots=True)
class Reach:
    """`codes` None: every report; else those that these agencies hold.

    Whoever is assigned to answer holds the report, so that the holder's agency says it all.
    """

    codes: Sequence[str] | None
    agencies_only: bool = False  #: what the coordinator of the instansi holds is not the agency's
    secret: bool = True  #: False: none that is secret

    def condition(self) -> ColumnElement[bool]:
        """On `reports`."""
        if self.codes is None:
            return true()
        held = self.open(Report.holder_agency_code.in_(self.codes))
        return and_(held, Report.holder_level == Level.AGENCY) if self.agencies_only else held

    def open(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return condition if self.secret else and_(condition, Report.secret.is_(False))


EVERYTHING = Reach(None)

# The policies of the database read what is set here. UNION ends a loop in the data.
_OPENED = """
    WITH RECURSIVE below AS (
        {start}
        UNION
        SELECT a.code FROM agencies a JOIN below b ON a.parent_code = b.code {further}
    )
    SELECT codes FROM (SELECT coalesce(array_agg(code), '{{}}') AS codes FROM below) AS found,
        LATERAL set_config('{setting}', CAST(codes AS text), true)
"""
_COORDINATED = text(_OPENED.format(start="SELECT code FROM agencies WHERE code = :code", further="", setting=REACH))
# Who works in the instansi itself sees its own reports, not those of the agencies below it.
_WORKED_AT = text(
    _OPENED.format(
        start="SELECT CAST(:code AS text) AS code",
        further="WHERE EXISTS (SELECT FROM agencies WHERE code = CAST(:code AS text) AND parent_code IS NOT NULL)",
        setting=REACH_AT_WORK,
    )
)
# Whoever supervises from an agency sees the instansi in its region, whoever they belong to, and what is below itself.
_INSTANSI_AROUND = """
    SELECT a.code FROM agencies own JOIN agencies a ON a.code = own.code OR (
        a.parent_code IS NULL
        AND (a.region_code = own.region_code OR starts_with(a.region_code, own.region_code || '.'))
    ) WHERE own.code = :code
"""
_SUPERVISED = text(_OPENED.format(start=_INSTANSI_AROUND, further="", setting=REACH_OPEN))
_SUPERVISED_WITH_SECRET = text(_OPENED.format(start=_INSTANSI_AROUND, further="", setting=REACH))

#: On `reports`: what everybody may know of. Whoever keeps rules and works on no report is told of nothing else, neither
#: one by one nor in a count.
PUBLISHED: ColumnElement[bool] = and_(
    Report.published_at.is_not(None), Report.secret.is_(False), Report.status.not_in(sorted(HIDDEN))
)


def knows_published_only(client: Client) -> bool:
    """In what is asked of the whole country: who supervises a part of it sees there what everybody sees."""
    return client.role is Role.OPERATOR or client.supervises_a_part


async def known_subtree(session: AsyncSession, code: str) -> Sequence[str]:
    """An agency and all below it, for a filter of a list. Raises Invalid (422) if there is no such agency."""
    codes = await subtree(session, code)
    if not codes:
        raise Invalid(f"There is no agency {code}.", pointer="query/agency", code="unknown_agency")
    return codes


def works_on_all(client: Client) -> bool:
    return client.role in {Role.NATIONAL_ADMIN, Role.SUPERVISOR, Role.SERVICE} and not client.supervises_a_part


async def reach_of(session: AsyncSession, client: Client) -> Reach:
    """Tells PostgreSQL too, for the rest of the transaction: see shared/http/readers.py.

    Raises Forbidden for who works on no report at all.
    """
    if works_on_all(client):
        return EVERYTHING
    if client.role is Role.SUPERVISOR and client.agency is not None:
        secret = client.may(Scope.SECRET)
        statement = _SUPERVISED_WITH_SECRET if secret else _SUPERVISED
        return Reach(await _opened(session, statement, client.agency), secret=secret)
    if client.role is Role.COORDINATOR and client.agency is not None:
        return Reach(await _opened(session, _COORDINATED, client.agency))
    if client.agency is None or not client.works_for_agency:
        raise Forbidden(f"The role {client.role.value} does not work on reports.")
    return Reach(await _opened(session, _WORKED_AT, client.agency), agencies_only=True)


async def _opened(session: AsyncSession, statement: TextClause, agency: str) -> Sequence[str]:
    codes: Sequence[str] = (await session.execute(statement, {"code": agency})).scalar_one()
    return codes
