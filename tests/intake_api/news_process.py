"""Does nothing but tell reporters: for a test that kills it. Arguments: the database, the mail server."""

import asyncio
import os
import sys

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from intake_api.notifications import service
from shared.database import create_sessions
from tests.intake_api.newsroom import SOON, post


async def main(database_url: str, smtp_url: str) -> None:
    sessions = create_sessions(create_async_engine(database_url))
    keys = SecretStr(os.environ["LAPOR_TEST_KEYS"])  # those that the reporter was sealed under
    await service.send_news(sessions, post(smtp_url, keys=keys), now=SOON)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
