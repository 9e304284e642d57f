"""The process that masks for the service: asked, lost, and started again."""

import io
import os
import signal
import subprocess
import sys

import pytest

from routing_service.work.masking import reader, reading
from routing_service.work.masking.making import Original, make_all
from routing_service.work.masking.reading import Reader, UnreadableTexts
from shared.ids import new_id

ORIGINALS = [Original(new_id(), "Lampu mati", f"Hubungi Pak Budi 0812-3456-789{number}.") for number in range(3)]


async def test_a_process_of_its_own_masks_as_this_one_does_and_is_started_again_when_it_was_killed() -> None:
    asked = Reader()

    assert await asked.read(ORIGINALS) == make_all(ORIGINALS)
    process = asked._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert await asked.read(ORIGINALS[:1]) == make_all(ORIGINALS[:1])
    await asked.close()

    assert asked._process is None


async def test_a_reader_that_comes_to_no_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS_PER_THOUSAND", 0)
    asked = Reader(seconds=0.001)

    with pytest.raises(UnreadableTexts):
        await asked.read(ORIGINALS)

    assert asked._process is None


def test_a_reader_answers_until_its_input_ends() -> None:
    sink = io.BytesIO()

    reader.serve(io.BytesIO(reader.framed(ORIGINALS) * 2), sink)

    assert sink.getvalue() == reader.framed(make_all(ORIGINALS)) * 2


def test_a_reader_whose_asker_was_killed_ends_without_a_word() -> None:
    """What it says would stand in the log of the service, which is JSON line by line."""
    command = [sys.executable, "-m", "routing_service.work.masking.reader"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        child.stdin.write(reader.framed(ORIGINALS))
        child.stdin.close()
        assert child.stderr.read() == b""
        assert child.wait(10) == 0
