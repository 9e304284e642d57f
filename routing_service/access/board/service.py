"""How a log-in becomes a session at the pages, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts.known import Known
from routing_service.access.board import queries
from shared.clients import Role
from shared.http import sessions
from shared.http.tokens import Signer
from shared.ids import new_id
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.settings import Settings

GOOD_FOR = timedelta(seconds=sessions.SECONDS)


@dataclass(frozen=True, slots=True)
class _Bearer:
    sub: str
    role: Role
    agency: str | None
    epoch: int


def seconds_left(since: datetime, now: datetime) -> int:
    """Of a working day that began with the log-in; 0: it is over, and somebody proves again who they are."""
    return max(0, int((since + GOOD_FOR - now).total_seconds()))


async def begin(
    session: AsyncSession, keys: Keys, settings: Settings, account: Known, factors: Sequence[str], *, since: datetime,
    now: datetime,
) -> str:  # fmt: skip
    """The cookie: always a new one, so that nobody goes on with a session that was there before the log-in."""
    family = new_id()
    row = {
        "id": family, "account_id": account.id, "scopes": list(account.scopes), "factors": list(factors),
        "epoch": account.epoch, "authenticated_at": since, "created_at": now, "expires_at": since + GOOD_FOR,
    }  # fmt: skip
    await queries.add_session(session, row)
    signer = Signer(lambda: keys.current(KeyPurpose.TOKENS), issuer=settings.issuer_url)
    bearer = _Bearer(account.id, account.role, account.agency, account.epoch)
    return sessions.minted(
        signer, bearer, account.scopes, seconds=seconds_left(since, now), sid=str(family), amr=list(factors),
        auth_time=int(since.timestamp()),
    )  # fmt: skip
