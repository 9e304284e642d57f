"""Reporters to tell, and what happens to their reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.identities.sealing import Identity
from intake_api.notifications import service
from intake_api.notifications.post import Post
from shared import ids
from shared.database import Sessions
from shared.keys.held import Keys
from shared.schema import Reporter
from shared.settings import IntakeSettings
from tests import waiting
from tests.factories import NOON, a_report, settings
from tests.intake_api.helpers import IDENTITIES, Submitted

SENDER = "lapor@pusat.example"
ANI = "ani@warga.example"
#: The gathering of news takes two minutes.
SOON = NOON.replace(minute=5)


def post(smtp_url: str = "", **changes: Any) -> Post:
    given: IntakeSettings = settings(
        "postgresql://nobody/nothing", IntakeSettings, smtp_url=smtp_url, mail_from=SENDER,
        public_url="https://lapor.example/intake", **changes,
    )  # fmt: skip
    return Post(given, Keys(given))


async def reported(sessions: Sessions, email: str | None = ANI, phone: str | None = None, **columns: Any) -> Submitted:
    """A report of somebody who may be told of it."""
    async with sessions.begin() as session:
        reporter_id = await _a_reporter(session, email, phone)
        number = ids.new_tracking_number()
        report_id = await a_report(session, tracking_number=number, reporter_id=reporter_id, **columns)
    return Submitted(report_id, number, "CODE")


async def _a_reporter(session: AsyncSession, email: str | None, phone: str | None) -> UUID:
    reporter_id = ids.new_id()
    sealed = IDENTITIES.seal(reporter_id, Identity("Ani Lestari", phone, email, None))
    await session.execute(insert(Reporter).values(id=reporter_id, **sealed))
    return reporter_id


async def log_is_quiet(sessions: Sessions) -> None:
    async def scalar(statement: str) -> Any:
        async with sessions() as session:
            return await session.scalar(text(statement))

    await waiting.log_is_quiet(scalar)


async def told(sessions: Sessions, url: str = "", *, now: datetime = SOON, **changes: Any) -> dict[str, int]:
    """Reads what has happened, at noon, and tells it some minutes later."""
    given = post(url, **changes)
    await log_is_quiet(sessions)
    await service.gather_news(sessions, given, now=min(NOON, now))
    return dict(await service.send_news(sessions, given, now=now))


async def rows(
    sessions: Sessions, sql: str = "SELECT * FROM reporter_notifications ORDER BY id", **given: Any
) -> list[Any]:
    async with sessions() as session:
        return list((await session.execute(text(sql), given)).all())


async def do(sessions: Sessions, sql: str, **given: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(text(sql), given)
