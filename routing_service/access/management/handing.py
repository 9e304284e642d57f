"""How a link gets to whom it is for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import service as people
from routing_service.access.accounts.known import Known
from routing_service.access.management.schemas import InvitedAccount
from shared.clients import Client
from shared.domain.accounts import InvitationKind
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Handing:
    """Whoever invites could take up the account themselves by it."""

    issuer: str
    mailed: bool
    shown: bool  #: in the answer, if it is not mailed

    @classmethod
    def by(cls, settings: Settings) -> "Handing":
        return cls(settings.issuer_url, settings.sends_mail, settings.environment == "development")


async def hand_over(
    session: AsyncSession, account: Known, kind: InvitationKind, client: Client, handing: Handing, now: datetime
) -> InvitedAccount:
    """By mail, or in the answer, or not at all."""
    values, made = person_values(account), None
    if handing.mailed:
        await people.mail_link(session, account, kind, by=client.actor, now=now)
    elif handing.shown:
        made = await people.hand_link(session, account, kind, by=client.actor, now=now)
    else:
        await people.end_links(session, account.id, now=now)
    link, until = (None, None) if made is None else (made.link(handing.issuer), made.expires_at)
    return InvitedAccount(**values, mailed=handing.mailed, link=link, link_expires_at=until)


def person_values(one: Known) -> dict[str, Any]:
    return {
        "id": one.id, "officer": one.officer_id, "name": one.name, "email": one.email, "role": one.role,
        "agency": one.agency, "scopes": list(one.scopes), "state": one.state, "in_service": one.in_service,
    }  # fmt: skip
