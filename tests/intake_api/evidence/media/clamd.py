"""A real clamd, with a signature of our own and no other."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

HARM = b"LAPOR-TEST-MALWARE"
SIGNATURE = "Lapor.Test.Harm"
STREAM_BYTES = 256 * 1024
_SECONDS = 30


@asynccontextmanager
async def clamd() -> AsyncIterator[str]:
    """The address to ask it at. Skips the test where ClamAV is not installed."""
    found = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        pytest.skip("ClamAV is not installed (on Debian: clamav-daemon).")
    with tempfile.TemporaryDirectory(prefix="lapor-clamd-") as name:
        folder = Path(name)
        (folder / "db").mkdir()
        (folder / "db" / "lapor.ndb").write_text(f"{SIGNATURE}:0:*:{HARM.hex()}\n")
        (folder / "clamd.conf").write_text(
            f"Foreground yes\nDatabaseDirectory {folder}/db\nLocalSocket {folder}/s\nTemporaryDirectory {folder}\n"
            f"StreamMaxLength {STREAM_BYTES}\n"
        )
        process = subprocess.Popen([found, f"--config-file={folder}/clamd.conf"], stdout=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(_SECONDS):
                await _listening(folder / "s", process)
            yield f"unix:{folder}/s"
        finally:
            process.terminate()
            process.wait()


async def _listening(socket: Path, process: subprocess.Popen[bytes]) -> None:
    while True:
        assert process.poll() is None, "clamd ended"
        try:
            _, writer = await asyncio.open_unix_connection(socket)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
