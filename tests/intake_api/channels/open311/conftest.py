"""A registered client with a key."""

import pytest

from shared.database import Sessions
from tests.intake_api.channels.open311.forms import CLIENT_ID, a_key


@pytest.fixture(scope="session")
async def api_key(committed: Sessions) -> str:
    return await a_key(committed, CLIENT_ID)
