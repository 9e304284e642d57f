"""Clients of other people, unmodified, send files over a network that breaks amid a part."""

import asyncio
import base64
import contextlib
import hashlib
import io
import re
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from pathlib import Path

import aiotus
import httpx
import pytest
from tusclient.client import TusClient

from services.database import PROJECT
from services.ports import free_port
from shared.clients import Role
from tests.effort import THOROUGH
from tests.forks import ForkedStack
from tests.intake_api.uploads.helpers import BYTES, TUS, a_photo
from tests.stack.bad_network import BadNetwork
from tests.stack.driving import INTAKE

pytestmark = pytest.mark.slow

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
SIZE = 2_500_000
BREAKS_AFTER = 1_500_000
METADATA = {"filename": "lubang jalan.jpg", "keterangan": "di depan pasar, pukul 19 (½ gelap)"}


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    """With intake_api alone."""
    stack = ForkedStack(database_url, home=home)
    try:
        await stack.start_service(INTAKE)
        yield stack
    finally:
        await stack.stop()


def _token(stack: ForkedStack) -> dict[str, str]:
    token = stack.token(Role.REPORTER_APP, sub="mobile-app")
    return {"Authorization": f"Bearer {token}", "X-Reporter-Reference": "ref-1"}


async def _check_arrived(location: str | None, content: bytes, headers: dict[str, str]) -> None:
    assert location is not None
    async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
        found = (await http.get(location)).json()
        told = (await http.head(location, headers=TUS)).headers["upload-metadata"]
    assert found["received"] == len(content)
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    pairs = dict(pair.split() for pair in told.split(","))
    assert {name: base64.b64decode(value).decode() for name, value in pairs.items()} == METADATA


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # how aiotus sends a part
async def test_tuspy_and_aiotus_go_on_where_the_network_broke(stack: ForkedStack) -> None:
    port, headers = stack.processes[INTAKE, 0].port, _token(stack)
    first, second, third = (a_photo(SIZE) for _ in range(3))

    async with BadNetwork([port], after=BREAKS_AFTER).open() as network:
        client = TusClient(f"{network.url}/v1/uploads", headers=headers)
        sending = client.uploader(
            file_stream=io.BytesIO(first), metadata=METADATA, retries=5, retry_delay=0, upload_checksum=False
        )
        await asyncio.to_thread(sending.upload)
        assert network.broke
        await _check_arrived(sending.url, first, headers)

    async with BadNetwork([port], after=BREAKS_AFTER).open() as network:
        retrying = aiotus.RetryConfiguration(max_retry_period_seconds=0.05)
        named = {name: value.encode() for name, value in METADATA.items()}
        address = await aiotus.upload(
            f"{network.url}/v1/uploads", io.BytesIO(second), named, config=retrying, headers=headers
        )
        assert network.broke
        await _check_arrived(str(address), second, headers)
        assert await aiotus.metadata(str(address), headers=headers) == named

    # Turned off amid the file, and taken up by a client that knows its address alone; each part with its checksum.
    client = TusClient(f"{stack.url(INTAKE)}/v1/uploads", headers=headers)
    options = {"file_stream": io.BytesIO(third), "chunk_size": 700_000, "upload_checksum": True}
    begun = client.uploader(metadata=METADATA, **options)
    await asyncio.to_thread(begun.upload, stop_at=BREAKS_AFTER)
    later = await asyncio.to_thread(lambda: client.uploader(url=begun.url, **options))
    assert BREAKS_AFTER <= later.offset < SIZE
    await asyncio.to_thread(later.upload)
    await _check_arrived(later.url, third, headers)


@pytest.mark.skipif(not THOROUGH or HAPROXY is None, reason="`make faults` starts HAProxy, where it is installed")
async def test_a_file_passes_the_example_of_a_proxy(database_url: str, home: Path) -> None:
    """Slowly, and larger than any other request may be."""
    assert HAPROXY is not None
    environment = {"LAPOR_ROOT_PATH": "/intake", "LAPOR_TRUSTED_PROXIES": "127.0.0.1"}
    stack, port, photo = ForkedStack(database_url, home=home, environment=environment), free_port(), a_photo(SIZE)
    example = (PROJECT / "deploy" / "haproxy.cfg").read_text()
    named = example.replace(":8080 ", f"127.0.0.1:{port} ").replace(":8001 ", f":{stack.processes[INTAKE, 0].port} ")
    (home / "haproxy.cfg").write_text(re.sub(r"maxconn \d+", "maxconn 100", named))
    proxy = None
    try:
        await stack.start_service(INTAKE)
        proxy = await asyncio.create_subprocess_exec(HAPROXY, "-db", "-f", str(home / "haproxy.cfg"), stdout=DEVNULL)
        async with httpx.AsyncClient(trust_env=False, transport=httpx.AsyncHTTPTransport(retries=8)) as http:
            headers = {**TUS, "Upload-Length": str(SIZE), "X-Forwarded-Proto": "https"}
            made = await http.post(f"http://127.0.0.1:{port}/intake/v1/uploads", headers=headers)
            location = made.headers["location"]
            assert location.startswith(f"http://127.0.0.1:{port}/intake/v1/uploads/")

            async def slowly() -> AsyncIterator[bytes]:
                yield photo[:1000]
                await asyncio.sleep(12)  # longer than the proxy waits for any other body
                yield photo[1000:]

            headers = {**BYTES, "Upload-Offset": "0", "Content-Length": str(SIZE)}
            answer = await http.patch(location, content=slowly(), headers=headers)
            assert answer.status_code == 204, answer.text
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST /intake/v1/reports HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n".encode())
        assert b" 413 " in await reader.readline()
        writer.close()
    finally:
        if proxy is not None:
            with contextlib.suppress(ProcessLookupError):
                proxy.kill()
            await proxy.wait()
        await stack.stop()
