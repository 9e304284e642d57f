"""tus-js-client, unmodified, sends files over a network that breaks amid a part."""

import asyncio
import hashlib
import json
import os
import shutil
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from tests.conftest import clone, drop
from tests.contract import tools
from tests.forks import ForkedStack
from tests.intake_api.uploads.helpers import a_photo
from tests.stack.bad_network import BadNetwork
from tests.stack.driving import INTAKE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs the client"),
]

SCRIPT = Path(__file__).with_name("tus_js_client.mjs")
SIZE = 2_500_000


async def test_tus_js_client_goes_on_where_the_network_broke(server: URL, seeded: URL, tmp_path: Path) -> None:
    program = tools.npm().parent.parent / SCRIPT.name  # where it finds the client
    shutil.copy(SCRIPT, program)
    photo, file = a_photo(SIZE), tmp_path / "photo"
    file.write_bytes(photo)
    database = await clone(server, seeded)
    stack = ForkedStack(database.render_as_string(hide_password=False), home=tmp_path / "home")
    try:
        await stack.start_service(INTAKE)
        async with BadNetwork([stack.processes[INTAKE, 0].port], after=1_500_000).open() as network:
            given = {
                "broken": f"{network.url}/v1/uploads", "whole": f"{stack.url(INTAKE)}/v1/uploads", "file": str(file),
                "headers": {}, "metadata": {"filename": "lubang jalan.jpg"}, "chunkSize": 600_000,
            }  # fmt: skip
            said = await asyncio.to_thread(tools.succeed, tools.needed("node"), program, json.dumps(given))
            assert network.broke
            async with httpx.AsyncClient(trust_env=False) as http:
                found = [(await http.get(location)).json() for location in json.loads(said)]
    finally:
        await stack.stop()
    await drop(server, database)

    assert len({one["id"] for one in found}) == 3
    assert {(one["received"], one["sha256"]) for one in found} == {(SIZE, hashlib.sha256(photo).hexdigest())}
