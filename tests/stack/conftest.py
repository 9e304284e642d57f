"""The real processes, over a database with the real reference data (without the villages)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.conftest import clone, drop


@pytest.fixture
async def database_url(server: URL, seeded: URL) -> AsyncIterator[str]:
    url = await clone(server, seeded)
    yield url.render_as_string(hide_password=False)
    await drop(server, url)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path
