"""What clamd says of a file, and what follows when it says nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intake_api.evidence.media.scanner import Scanner, ScannerAway
from tests.intake_api.evidence.media.clamd import HARM, SIGNATURE, STREAM_BYTES, clamd


async def _of(content: bytes, block: int = 50_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), block):
        yield content[at : at + block]


async def test_clamd_finds_what_has_a_signature_and_passes_the_rest() -> None:
    async with clamd() as address:
        scanner = Scanner.at(address)

        assert await scanner.scan(_of(b"a photo" * 20_000)) is None
        assert await scanner.scan(_of(b"a photo" * 20_000 + HARM + b"more")) == f"{SIGNATURE}.UNOFFICIAL"
        # It says so and hangs up; which of the two is noticed first is a matter of luck.
        with pytest.raises(ScannerAway, match=r"StreamMaxLength|on the socket"):
            await scanner.scan(_of(bytes(STREAM_BYTES + 1)))
        with pytest.raises(ScannerAway):
            await scanner.scan(_of(bytes(STREAM_BYTES * 40)))  # it hangs up while it is still being sent


@pytest.mark.parametrize("answer", [b"", b"UNKNOWN COMMAND\0", b"stream: \0", b"\xff\xfe"])
async def test_an_answer_that_says_neither_is_no_pass(tmp_path: Path, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_unix_server(serve, tmp_path / "s")
    async with server:
        with pytest.raises(ScannerAway):
            await Scanner.at(f"unix:{tmp_path}/s").scan(_of(b"x"))


async def test_a_clamd_that_is_not_there_or_says_nothing_is_away(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    with pytest.raises(ScannerAway):
        await Scanner.at(f"unix:{tmp_path}/nobody").scan(_of(b"x"))
    async with await asyncio.start_unix_server(silent, tmp_path / "s"):
        with pytest.raises(ScannerAway):
            await Scanner.at(f"{tmp_path}/s", seconds=0.2).scan(_of(b"x"))


def test_an_address_is_a_socket_or_a_host_with_a_port() -> None:
    assert Scanner.at("unix:/run/clamav/clamd.ctl").path == "/run/clamav/clamd.ctl"
    scanner = Scanner.at("tcp://[::1]:3310")
    assert (scanner.host, scanner.port) == ("::1", 3310)
    assert Scanner.at("clamd.example:3310").host == "clamd.example"
    for wrong in ("", "clamd.example", "clamd:0", "unix:clamd.ctl", "http://clamd:3310/"):
        with pytest.raises(ValueError, match="write"):
            Scanner.at(wrong)
