"""Which claim of somebody else's issuer means whom: operators say it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts import service as people
from routing_service.access.federation import queries
from routing_service.access.federation.service import value_of
from routing_service.access.management.mapping_schemas import ClaimMappingCreate, ClaimMappingParams, ClaimMappingView
from shared import ids
from shared.domain.accounts import AccountKind
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Page
from shared.schema import ClaimMapping


async def list_mappings(session: AsyncSession, params: ClaimMappingParams) -> Page[ClaimMappingView]:
    params = params.in_list("claim mappings")
    rows = await queries.listed(
        session, issuer=params.issuer, account_id=params.account, after=params.key(tuple[UUID]), limit=params.rows
    )
    shown, next_cursor = params.cut(rows, lambda row: (row.id,))
    return Page(items=[_view(row) for row in shown], next_cursor=next_cursor)


async def get_mapping(session: AsyncSession, id: UUID) -> ClaimMappingView:
    """Raises NotFound."""
    found = await queries.mapping(session, id)
    if found is None:
        raise _unknown(id)
    return _view(found)


async def add_mapping(session: AsyncSession, body: ClaimMappingCreate) -> ClaimMappingView:
    """Raises Invalid, Conflict."""
    account = await accounts.account(session, body.account)
    if account is None:
        raise Invalid(f"There is no account {body.account}.", pointer="/account", code="unknown_account")
    if account.kind is not AccountKind.PERSON:
        raise Invalid(f"The account {body.account} is not a person's.", pointer="/account", code="not_a_person")
    mapping_id = ids.new_id()
    values = {
        "id": mapping_id, "issuer": body.issuer, "claim": body.claim, "value": value_of(body.claim, body.value),
        "account_id": account.id,
    }  # fmt: skip
    if not await queries.add_mapping(session, values):
        raise Conflict("This claim means somebody already; take that mapping away first.", code="claim_mapping_exists")
    return await get_mapping(session, mapping_id)


async def end_mapping(session: AsyncSession, id: UUID) -> None:
    """Who got in by it is outside at once, and whoever logs in here logs in anew. Raises NotFound."""
    account_id = await queries.end_mapping(session, id)
    if account_id is None:
        raise _unknown(id)
    await people.the_person(session, account_id, lock=True)
    await people.end_tokens(session, account_id)


def _unknown(id: UUID) -> NotFound:
    return NotFound(f"There is no claim mapping {id}.")


def _view(row: ClaimMapping) -> ClaimMappingView:
    return ClaimMappingView(
        id=row.id, issuer=row.issuer, claim=row.claim, value=row.value, account=row.account_id,
        created_at=row.created_at,
    )  # fmt: skip
