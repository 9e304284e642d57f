"""Whose part of the registry somebody looks after: operators all of it, an instansi its own subtree."""

from collections.abc import Set
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import MANAGERS, TO_MANAGE, Client, Role, Scope
from shared.errors import Forbidden
from shared.queries import standings
from shared.queries.subtrees import instansi_of, subtree


@dataclass(frozen=True, slots=True)
class Managed:
    """`codes` None: everything, also what belongs to no agency. `root`: the topmost of them."""

    codes: Set[str] | None
    root: str | None = None

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
    """Of a coordinator their agency and all below it; of an officer whom they have named the instansi as a whole.

    What the registry says now counts, whatever the token says: whoever is dismissed while a request waits does no more.
    Raises Forbidden.
    """
    if client.role is Role.OPERATOR:
        return Managed(None)
    if client.role not in MANAGERS or client.agency is None or not client.has_what_it_needs(TO_MANAGE):
        raise Forbidden(f"The role {client.role.value} looks after no part of the registry.")
    await _check_still(session, client)
    named = client.role is not Role.COORDINATOR
    root = await instansi_of(session, client.agency) if named else client.agency
    return Managed(frozenset(await subtree(session, root) if root is not None else ()), root)


async def _check_still(session: AsyncSession, client: Client) -> None:
    """Raises Forbidden. Who has no account has a token of development."""
    account = await standings.standing_of_account(session, client.sub)
    if account is None:
        return
    named = client.role not in TO_MANAGE or Scope.MANAGE in account.scopes
    if not account.stands or (account.role, account.agency) != (client.role, client.agency) or not named:
        raise Forbidden("You do not look after this part of the registry any more; log in again.", code="not_any_more")
