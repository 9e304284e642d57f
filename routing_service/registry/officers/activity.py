"""When an officer last acted on a report: noted once an hour, and without asking the database in between."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.officers import queries
from shared.clients import Client
from shared.database import Session
from shared.domain.officers import OfficerRole
from shared.http.auth import CurrentClient
from shared.http.web import Now

NOTED_EVERY = timedelta(hours=1)
REMEMBERED = 10_000

#: Who may be an officer of the registry: the roles that tokens and officers have in common.
_OFFICERS = frozenset(role.value for role in OfficerRole)


class Activity:
    """What this process has noted; another one, or a restart, costs a statement and changes nothing."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str, str | None], datetime] = {}

    async def note(self, session: AsyncSession, client: Client, now: datetime) -> None:
        if client.role.value not in _OFFICERS:
            return
        key = client.sub, client.role.value, client.agency
        before = self._noted.get(key)
        if before is not None and now - before < NOTED_EVERY:
            return
        await queries.acted(
            session, subject=client.sub, role=client.role.value, agency=client.agency, now=now, before=now - NOTED_EVERY
        )
        if len(self._noted) >= REMEMBERED:
            self._noted.clear()
        self._noted[key] = now


async def noted(request: Request, session: Session, client: CurrentClient, now: Now) -> AsyncIterator[None]:
    """It notes what succeeded, in the same transaction: after the endpoint, before the commit."""
    yield
    activity: Activity = request.app.state.activity
    await activity.note(session, client, now)


#: A dependency of what officers do. With the scope of the function: else the transaction has ended before.
NOTED = Depends(noted, scope="function")
