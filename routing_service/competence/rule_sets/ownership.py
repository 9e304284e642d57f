"""Whose a rule set is: the nation's, or an instansi's own for the reports in its region; and who may touch it."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.rules import queries
from routing_service.registry import queries as registry
from shared.clients import Client, Role
from shared.errors import Forbidden, Invalid, NotFound
from shared.queries.managed import managed_by
from shared.queries.subtrees import subtree

_SEE_ALL = frozenset({Role.OPERATOR, Role.NATIONAL_ADMIN, Role.SUPERVISOR})


async def own_instansi(session: AsyncSession, client: Client) -> str | None:
    """Whose sets somebody sees beside the nation's; None: everybody's. Raises Forbidden."""
    return None if client.role in _SEE_ALL else (await managed_by(session, client)).root


async def seen(session: AsyncSession, id: int, client: Client) -> Row[Any]:
    """Raises NotFound, also for the set of another instansi."""
    own = await own_instansi(session, client)
    row = await queries.view(session, id)
    if row is None or (own is not None and row.agency not in (None, own)):
        raise no_rule_set(id)
    return row


async def changeable(session: AsyncSession, id: int, client: Client) -> Row[Any]:
    """The caller holds the lock of the set. Raises NotFound, and Forbidden for what is the nation's."""
    row = await seen(session, id, client)
    if client.role is not Role.OPERATOR and row.agency is None:
        raise Forbidden(
            "This is the nation's rule set; an instansi drafts, changes and activates its own.",
            code="national_rule_set",
        )
    return row


async def owner_of_new(session: AsyncSession, agency: str | None, client: Client) -> str | None:
    """Whose a new set is. Raises Forbidden, Invalid."""
    managed = await managed_by(session, client)
    owner = agency if managed.everything else agency or managed.root
    if owner is None:
        return None
    managed.check(owner)
    node = (await registry.tree(session, (owner,))).get(owner)
    if node is None:
        raise Invalid(f"There is no agency {owner}.", pointer="/agency", code="unknown_agency")
    if node.parent is not None or node.region is None:
        raise Invalid(
            f"{owner} is not an instansi with a region; only such a one has rules of its own.",
            pointer="/agency",
            code="not_an_instansi",
        )
    return owner


async def check_names(session: AsyncSession, id: int, instansi: str | None) -> None:
    """An instansi's own rules send reports to its own agencies alone. Raises Invalid for the first that does not."""
    if instansi is not None:
        check_rows(await queries.rules_of_set(session, id), set(await subtree(session, instansi)), instansi)


def check_rows(rows: Sequence[Row[Any]], codes: Set[str], instansi: str) -> None:
    for row in rows:
        foreign = [code for code in _named(row.result) if code not in codes]
        if foreign:
            detail = f"Rule {row.position} names {foreign[0]}, which is not of {instansi}; name its own agencies."
            raise Invalid(detail, pointer=f"/rules/{row.position - 1}/result", code="rule_outside_instansi")


def _named(result: Mapping[str, Any]) -> Sequence[str]:
    return [code for code in (result.get("agency"), *result.get("agencies", ())) if code is not None]


def no_rule_set(id: int) -> NotFound:
    return NotFound(f"There is no rule set {id}.")
