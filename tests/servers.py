"""Homes of PostgreSQL servers of a test's own. Making the data of one takes a second: it is done once and copied."""

import json
import subprocess
from pathlib import Path

from services.local import postgres
from tests.conftest import one_worker_at_a_time


def initialise(home: Path) -> None:
    """As a server leaves it that was started and stopped here; `home` is empty and open to the server's account."""
    with one_worker_at_a_time() as run:
        made = run / "initialised"
        if not (made / "postgres" / "data").exists():
            made.mkdir(mode=0o755)
            postgres.start(made, fast=True).stop()
    subprocess.run(["cp", "-a", made / "postgres", home], check=True)  # with their owners
    notes = home / "postgres" / "server.json"
    known = json.loads(notes.read_text())
    data = home.resolve() / "postgres" / "data"
    notes.write_text(json.dumps({"data": str(data), "fast": True, "password": known["password"]}))
