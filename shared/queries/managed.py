"""Whose part of the registry somebody looks after: operators all of it, an instansi its own subtree."""

from collections.abc import Set
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import MANAGERS, TO_MANAGE, Client, Role
from shared.errors import Forbidden
from shared.queries.subtrees import subtree

_ROOT = text(
    """
    WITH RECURSIVE above AS (
        SELECT code, parent_code FROM agencies WHERE code = :code
        UNION
        SELECT a.code, a.parent_code FROM agencies a JOIN above b ON a.code = b.parent_code
    ) SELECT code FROM above WHERE parent_code IS NULL
    """
)


@dataclass(frozen=True, slots=True)
class Managed:
    """`codes` None: everything, also what belongs to no agency."""

    codes: Set[str] | None

    @property
    def everything(self) -> bool:
        return self.codes is None

    def has(self, agency: str | None) -> bool:
        return self.codes is None or agency in self.codes

    def check(self, agency: str | None) -> None:
        """Raises Forbidden."""
        if not self.has(agency):
            raise Forbidden(
                "You look after your own instansi and the agencies below it; ask an operator for anything else.",
                code="outside_of_instansi",
            )


async def managed_by(session: AsyncSession, client: Client) -> Managed:
    """Of an officer whom their coordinator has named: the instansi as a whole. Raises Forbidden."""
    if client.role is Role.OPERATOR:
        return Managed(None)
    if client.role not in MANAGERS or client.agency is None or not client.has_what_it_needs(TO_MANAGE):
        raise Forbidden(f"The role {client.role.value} looks after no part of the registry.")
    root = await session.scalar(_ROOT, {"code": client.agency})
    return Managed(frozenset(await subtree(session, root) if root is not None else ()))
