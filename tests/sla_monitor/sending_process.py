"""A monitor that does nothing but send: for a test that kills it. Arguments: the database, the mail server."""

import asyncio
import sys
from datetime import timedelta

from sqlalchemy.ext.asyncio import create_async_engine

from shared.database import create_sessions
from sla_monitor.notifications import service
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.post import DUE, monitor


async def main(database_url: str, smtp_url: str) -> None:
    sessions = create_sessions(create_async_engine(database_url))
    await service.send(sessions, SeededReferences(), monitor(smtp_url), now=DUE + timedelta(hours=7))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
