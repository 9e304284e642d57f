import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import openapi
from services.local import postgres
from tests.documented import RUN_FOLDER
from tests.servers import initialise


@pytest.fixture(scope="session")
def documents() -> dict[str, openapi.Document]:
    """That of each service. Whoever changes one copies it first."""
    return openapi.documents()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that the account PostgreSQL runs as can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory(dir=os.environ[RUN_FOLDER]) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        if server := postgres.running(folder):
            server.stop()


@pytest.fixture
def initialised(open_folder: Path) -> Path:
    """Such a folder, in which a server ran before."""
    initialise(open_folder)
    return open_folder
