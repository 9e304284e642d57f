"""What is missing or does not fit in the registry, so that reports would lie or go astray."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as common
from routing_service.registry.health import queries
from routing_service.registry.health.schemas import GapView, HealthParams, RegistryHealth
from routing_service.registry.health.sentences import GapCode, of_gap
from routing_service.registry.officers.service import MONTH
from shared.clients import Client, Role, Scope
from shared.errors import Forbidden, NotFound
from shared.http.wire import Bilingual, StoredText
from shared.queries.reach import reach_of
from shared.queries.subtrees import subtree


async def health(session: AsyncSession, params: HealthParams, client: Client, *, now: datetime) -> RegistryHealth:
    """A coordinator sees the gaps of their own instansi, a supervisor with an agency those in its region."""
    within = await _within(session, params.agency, client)
    chosen: dict[str, Any] = {
        "now": now, "since": now - MONTH, "secret": _may_know_of_secret_ones(client),
        "code": params.code and params.code.value, "within": within,
    }  # fmt: skip
    params = params.in_list("gaps")
    after = params.position(tuple[StoredText, StoredText, StoredText]) or ("", "", "")
    rows = await queries.gaps(session, **chosen, after=after, limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: (row.code, row.agency, row.subject))
    return RegistryHealth(
        items=[_view(row) for row in shown],
        next_cursor=next_cursor,
        checked_at=now,
        counts=await queries.counts(session, **chosen),
    )


def _may_know_of_secret_ones(client: Client) -> bool:
    """As in the work list: whoever configures is not told where secret reports lie, nor how many."""
    return client.role in (Role.NATIONAL_ADMIN, Role.COORDINATOR) or (
        client.role is Role.SUPERVISOR and client.may(Scope.SECRET)
    )


async def _within(session: AsyncSession, agency: str | None, client: Client) -> Sequence[str] | None:
    """The agencies that are asked about; None: all."""
    if client.supervises_a_part:
        return await _supervised(session, agency, client)
    own = client.agency if client.role is Role.COORDINATOR else None
    asked = agency or own
    if asked is None:
        return None
    line = (await common.tree(session, (asked,))).line(asked)
    if not line:
        raise NotFound(f"There is no agency {asked}.")
    if own is not None and own not in line:
        raise Forbidden(f"You see the gaps of your own instansi; {asked} belongs to {line[-1]}.")
    return await subtree(session, asked)


async def _supervised(session: AsyncSession, agency: str | None, client: Client) -> Sequence[str]:
    reach = (await reach_of(session, client)).codes or ()
    if agency is None:
        return reach
    asked = await subtree(session, agency)
    if not asked:
        raise NotFound(f"There is no agency {agency}.")
    if agency not in reach:
        raise Forbidden("You see the gaps of the instansi in your region.")
    return asked


def _view(row: Row[Any]) -> GapView:
    code = GapCode(row.code)
    agency, subject = row.agency or None, row.subject or None
    sentence = of_gap(code, agency=agency, name=row.name, subject=subject, count=row.many, others=row.others)
    return GapView(
        code=code,
        agency=agency,
        subject=subject,
        count=row.many,
        sentence=Bilingual.of(sentence),
    )
