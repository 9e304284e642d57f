"""The embedded server for real: these tests start and stop servers of their own."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services import database
from services.local import places, postgres
from services.local.accounts import Account, server_account
from services.trouble import CannotRun

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must run PostgreSQL as another account")


async def scalar(url: str, statement: str) -> object:
    engine = database.engine_for(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


def servers_of(folder: Path) -> list[psutil.Process]:
    """Every process of the server, children included."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres" and str(folder) in " ".join(process.info["cmdline"] or [])
    ]


async def test_data_survives_a_stop_and_no_process_does(initialised: Path) -> None:
    with postgres.start(initialised, fast=True) as server:
        await scalar(server.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    left = servers_of(initialised)

    with postgres.start(initialised, fast=True) as server:
        answer = await scalar(server.url("postgres"), "SELECT answer FROM kept")

    assert (answer, left, server.adopted) == (42, [], False)


async def test_data_survives_a_kill_of_the_server(open_folder: Path) -> None:
    server = postgres.start(open_folder)
    await scalar(server.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    server.process.send_signal(signal.SIGKILL)
    server.stop()

    with postgres.start(open_folder) as again:
        assert await scalar(again.url("postgres"), "SELECT answer FROM kept") == 42


async def test_a_server_left_running_by_a_killed_process_is_adopted(initialised: Path) -> None:
    left_behind = postgres.start(initialised, fast=True)

    with postgres.start(initialised, fast=True) as adopted:
        assert (adopted.adopted, adopted.process.pid) == (True, left_behind.process.pid)
        assert await scalar(adopted.url("postgres"), "SELECT 1") == 1

    assert servers_of(initialised) == []
    left_behind.stop()


async def test_a_server_that_may_lose_data_is_not_adopted_where_data_must_last(initialised: Path) -> None:
    careless = postgres.start(initialised, fast=True)

    with postgres.start(initialised) as careful:
        assert careful.process.pid != careless.process.pid
        assert await scalar(careful.url("postgres"), "SHOW fsync") == "on"
    careless.stop()


async def test_a_stale_pid_file_that_names_somebody_elses_process_hurts_nobody(initialised: Path) -> None:
    with postgres.start(initialised, fast=True) as server:
        pid_file = server.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

    with postgres.start(initialised, fast=True) as server:
        assert await scalar(server.url("postgres"), "SELECT 1") == 1
        assert stranger.poll() is None

    stranger.kill()
    stranger.wait()


async def test_a_taken_port_is_replaced_by_another(initialised: Path) -> None:
    with postgres.start(initialised, fast=True) as first:
        other = initialised / "other"
        other.mkdir()
        with postgres.start(other, fast=True) as server:
            kept = (server.port, server.password)
        notes = other / "postgres" / "server.json"
        notes.write_text(notes.read_text().replace(str(kept[0]), str(first.port)))

        with postgres.start(other, fast=True) as server:
            assert server.port != first.port
            assert server.password == kept[1]
            assert await scalar(server.url("postgres"), "SELECT 1") == 1


async def test_it_speaks_utf8_and_lets_nobody_in_without_the_password(open_folder: Path) -> None:
    with postgres.start(open_folder, fast=True) as server:
        notes = open_folder / "postgres" / "server.json"
        wrong = server.url("postgres").replace(server.password, "wrong")

        with pytest.raises(asyncpg.InvalidPasswordError):
            await scalar(wrong, "SELECT 1")

        assert await scalar(server.url("postgres"), "SELECT upper('é')") == "É"
        assert stat.S_IMODE(notes.stat().st_mode) == 0o600


async def test_nobody_else_reads_its_log_and_no_value_is_in_it(open_folder: Path) -> None:
    kept = open_folder / "postgres" / "postgres.log"
    kept.parent.mkdir()
    kept.touch(0o644)  # of an earlier release
    with postgres.start(open_folder, fast=True) as server:
        url = server.url("postgres")
        await scalar(url, "CREATE TABLE people (phone text PRIMARY KEY)")
        for _ in range(2):
            with contextlib.suppress(IntegrityError):
                await scalar(url, "INSERT INTO people VALUES ('wa:+6281555000111')")

    text = kept.read_text()
    assert "people_pkey" in text
    assert "6281555000111" not in text
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (open_folder, kept.parent, kept, kept.parent / "data")}
    through = 0o711 if os.geteuid() == 0 else 0o700
    assert list(modes.values()) == [through, through, 0o600, 0o700]


def test_data_that_cannot_be_used_is_neither_started_nor_overwritten(initialised: Path) -> None:
    postgres.start(initialised, fast=True).stop()
    data, notes = initialised / "postgres" / "data", initialised / "postgres" / "server.json"

    (data / "PG_VERSION").write_text("15\n")
    with pytest.raises(CannotRun, match="made by PostgreSQL 15"):
        postgres.start(initialised, fast=True)

    noted = notes.read_text()
    notes.unlink()
    with pytest.raises(CannotRun, match="bring that file back"):
        postgres.start(initialised, fast=True)

    notes.write_text(noted.replace(str(data), str(initialised / "removed" / "data")))
    with pytest.raises(CannotRun, match="that is gone"):
        postgres.start(initialised, fast=True)


@as_root
async def test_root_places_data_elsewhere_if_the_servers_account_cannot_reach_the_home(
    open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "ELSEWHERE", open_folder / "elsewhere")
    closed = tmp_path / "home"
    closed.mkdir()
    tmp_path.chmod(0o700)

    with postgres.start(closed, fast=True) as server:
        await scalar(server.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    with postgres.start(closed, fast=True) as again:
        answer = await scalar(again.url("postgres"), "SELECT answer FROM kept")

    assert answer == 42
    assert server.data.is_relative_to(open_folder / "elsewhere")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@as_root
def test_programs_that_the_servers_account_cannot_reach_run_from_a_copy(
    initialised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "ELSEWHERE", initialised / "elsewhere")
    monkeypatch.setattr(Account, "can_run", lambda _account, _program: False)

    with postgres.start(initialised, fast=True) as server:
        assert Path(server.process.exe()).is_relative_to(initialised / "elsewhere")


@as_root
def test_a_copy_of_closed_programs_can_be_run_by_everybody(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "ELSEWHERE", open_folder / "elsewhere")
    closed = open_folder / "closed"
    (closed / "bin").mkdir(parents=True)
    tool = closed / "bin" / "tool"
    tool.write_text("#!/bin/sh\necho tool\n")
    for path in (tool, closed / "bin", closed):
        path.chmod(0o700)
    account = server_account()

    places.copy_readable(closed, open_folder / "elsewhere" / "opened", [closed / "bin"])

    assert not account.can_run(tool)
    assert account.can_run(open_folder / "elsewhere" / "opened" / "bin" / "tool")


ORDINARY = """
import os, sys
from pathlib import Path
from services.local import postgres
first, second = Path(sys.argv[1]), Path(sys.argv[2])
postgres.start(first, fast=True).stop()  # imports everything while the libraries can still be read
os.chown(second, 65534, 65534)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with postgres.start(second, fast=True) as server:
    print(os.geteuid(), server.process.uids().real, server.data.stat().st_uid)
"""


@as_root
def test_an_ordinary_user_runs_it_as_himself(open_folder: Path) -> None:
    homes = [open_folder / "first", open_folder / "second"]
    for home in homes:
        home.mkdir()
    programs = places.for_programs(server_account())
    if not programs.is_relative_to(sys.prefix):
        pytest.skip("the programs in .venv can be read by root alone")

    command = [sys.executable, "-c", ORDINARY, *map(str, homes)]
    result = subprocess.run(command, cwd=database.PROJECT, capture_output=True, text=True)

    assert (result.stdout.strip(), result.stderr) == ("65534 65534 65534", "")
