"""Whose part of the registry somebody changes, and that they stay in it."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries
from routing_service.registry.delegation.part import SENTENCES, RegistryPart, Trespass
from shared.clients import Client
from shared.errors import Forbidden
from shared.queries.managed import managed_by


async def part_of(session: AsyncSession, client: Client) -> RegistryPart | None:
    """None: everything is theirs. Raises Forbidden.

    Asked after whatever the request waits for, and never remembered: an agency may have been moved meanwhile.
    """
    managed = await managed_by(session, client)
    if managed.codes is None:
        return None
    root = (await queries.tree(session, (managed.root,))).get(managed.root)
    if root is None:
        raise outside()
    return RegistryPart(root.code, managed.codes, root.region, root.time_zone, client.sub)


def check(trespasses: Iterable[Trespass]) -> None:
    """Raises Forbidden for the first of them."""
    for trespass in trespasses:
        raise Forbidden(trespass.sentence[1], code=trespass.code)


def check_agency(part: RegistryPart | None, code: str) -> None:
    """Raises Forbidden."""
    if part is not None and code not in part.codes:
        raise outside()


def check_below(part: RegistryPart | None, code: str) -> None:
    """Raises Forbidden, also for the instansi itself."""
    check_agency(part, code)
    if part is not None and code == part.root:
        check([part.trespass("code", "instansi_of_operators")])


def outside() -> Forbidden:
    return Forbidden(SENTENCES["outside_of_instansi"][1], code="outside_of_instansi")
