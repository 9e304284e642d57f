"""Who owns a webhook, and what they may hear of: as the registry says it now, not as it was when they made it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.webhooks import queries
from shared.clients import TO_SUBMIT, Client, Role
from shared.domain.webhooks import WebhookAbout
from shared.errors import Forbidden
from shared.schema import Webhook


def may_hear_of(client: Client) -> list[WebhookAbout]:
    """The usual one first."""
    found = []
    if client.role is Role.CHANNEL and client.works_for_agency:
        found.append(WebhookAbout.AGENCY)
    if client.role is Role.REPORTER_APP or (client.role is Role.CHANNEL and client.has_what_it_needs(TO_SUBMIT)):
        found.append(WebhookAbout.BROUGHT)
    return found


def check_rights(client: Client) -> list[WebhookAbout]:
    """Raises Forbidden for who may hear of nothing."""
    found = may_hear_of(client)
    if not found:
        raise Forbidden(
            "A channel needs the scope reports:work and an agency for this, or the scope reports:submit.",
            code="missing_scope",
        )
    return found


async def owners_of(session: AsyncSession, webhooks: Iterable[Webhook], *, production: bool) -> Mapping[UUID, Client]:
    """The clients of today, by webhook; of those that may still hear of what theirs is about.

    Outside of production a token need not have an account: then it is taken at its word.
    """
    wanted = list(webhooks)
    accounts = {row.id: row for row in await queries.accounts_of(session, {one.owner for one in wanted})}
    gone = await queries.ended_agencies(session, {one.agency_code for one in wanted if one.agency_code})
    found: dict[UUID, Client] = {}
    for one in wanted:
        account = accounts.get(one.owner)
        if account is not None:
            stands = account.stands
            client = Client(one.owner, Role(account.role), account.agency, frozenset(account.scopes))
        else:
            stands = not production and one.agency_code not in gone
            client = Client(one.owner, Role(one.role), one.agency_code, frozenset(one.scopes))
        # Under another role the same name is somebody else.
        if stands and client.role == one.role and one.about in may_hear_of(client):
            found[one.id] = client
    return found
