"""The command as a user meets it."""

import json
import os
import shlex
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services import ports
from services.cli import application
from services.local import examples
from services.local.home import Home, RunningProcess, RunningStack
from services.local.keys import KeyFolder
from services.trouble import CannotRun
from shared.clients import Client, Role
from shared.http.tokens import Tokens
from tests import forks


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("LAPOR_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def lapor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return forks.lapor(*arguments, environment={**os.environ, **environment})


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(application(), arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "serve",
        "migrate",
        "seed",
        "token",
        "demo",
        "bench",
        "openapi",
        "audit verify",
        "outbox parked",
        "outbox resend",
        "sla calendar activate",
        "sla policy migrate",
        "sla limit",
        "boundaries import",
        "registry import",
        "registry health",
        "routing rules import",
        "routing rules replay",
        "texts mask",
    ],
)
def test_every_command_has_help(command: str) -> None:
    assert "Usage" in invoke(*command.split(), "--help")


def verified(home: Path, token: str) -> Client:
    keys = KeyFolder(home / "keys").public()
    return Tokens(lambda: keys, issuer="", production=False).verify(token)


def test_a_token_says_who_the_bearer_is(home: Path) -> None:
    minted = invoke("token", "--role", "coordinator", "--agency", "KALTIM", "--scope", "reports:import").strip()

    client = verified(home, minted)
    assert (client.role, client.agency, client.sub) == (Role.COORDINATOR, "KALTIM", "coordinator-kaltim")
    assert client.scopes == {"reports:import"}


def test_a_token_for_a_program_is_json(home: Path) -> None:
    answer = json.loads(invoke("token", "--role", "channel", "--sub", "sms-gateway", "--days", "1", "--json"))

    assert answer["sub"] == "sms-gateway"
    assert verified(home, answer["token"]).sub == "sms-gateway"


def test_a_role_inside_an_agency_needs_one() -> None:
    with pytest.raises(CannotRun, match="--agency"):
        invoke("token", "--role", "liaison_officer")


def test_a_taken_port_is_named_before_anything_is_started(taken_port: int, home: Path) -> None:
    result = lapor("up", LAPOR_ROUTING_PORT=str(taken_port))

    assert result.returncode == 1
    assert result.stderr.startswith(f"Port {taken_port} of routing_service is taken: ")
    assert result.stderr.count("\n") == 1
    assert not (home / "postgres").exists()


def test_a_database_that_does_not_answer_stops_the_start_with_a_sentence() -> None:
    address = f"postgresql://somebody@127.0.0.1:{ports.free_port()}/lapor"

    result = lapor("up", "--free-ports", LAPOR_DATABASE_URL=address)

    assert result.returncode == 1
    assert result.stderr.startswith(f"The database {address.replace('postgresql', 'postgresql')} cannot be reached")
    assert result.stderr.count("\n") == 1


def test_no_token_is_made_by_hand_in_production(home: Path) -> None:
    result = lapor("token", "--role", "operator", LAPOR_ENVIRONMENT="production")

    assert result.returncode == 1
    assert "in production register a client or invite an officer" in result.stderr
    assert not (home / "keys").exists()


def test_a_service_without_keys_says_which_setting_is_missing() -> None:
    address = f"postgresql://somebody@127.0.0.1:{ports.free_port()}/lapor"

    result = lapor("serve", "intake_api", "--port", str(ports.free_port()), LAPOR_DATABASE_URL=address)

    assert result.returncode != 0
    assert "LAPOR_KEYS_FILE" in result.stderr


def test_the_demo_says_that_nothing_runs() -> None:
    result = lapor("demo")

    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "make run" in result.stderr


def test_the_curl_that_is_printed_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    home = Home(tmp_path / "a folder with spaces")
    files = examples.write_tokens(home)

    command = examples.curl("http://127.0.0.1:1", home.tokens / "reporter_app")
    script = f"curl() {{ printf '%s\\n' \"$@\"; }}; {command}"
    words = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True).stdout.splitlines()

    assert "\n" not in command
    assert shlex.split(command)[0] == "curl"
    assert f"Authorization: Bearer {files[Role.REPORTER_APP].read_text()}" in words
    assert {file.stat().st_mode & 0o777 for file in files.values()} == {0o600}
    assert json.loads(words[-1]) == examples.REPORT


def test_the_bruno_collection_tries_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, us = Home(tmp_path / "home"), RunningProcess.of("lapor up", os.getpid())
    home.write_stack(RunningStack(us, "postgresql://db", "http://i:1", "http://r:2", "http://s:3"))
    home.examples.write_text(json.dumps({"intake_get_report": {"parameters": {"tracking_number": "4771958265"}}}))
    examples.write_tokens(home)
    monkeypatch.setenv("LAPOR_HOME", str(home.path))

    invoke("openapi", "--bruno", str(tmp_path / "here"))
    invoke("openapi", "--bruno", str(tmp_path / "there"), "--base", "https://api.example.go.id/")

    here, there = (tmp_path / folder for folder in ("here", "there"))
    assert "tracking_number: 4771958265" in (here / "intake" / "intake_get_report.bru").read_text()
    assert "routing: http://r:2" in (here / "environments" / "local.bru").read_text()
    assert (home.tokens / "operator").read_text() in (here / ".env").read_text()
    assert "4771958265" not in (there / "intake" / "intake_get_report.bru").read_text()
    assert "sla: https://api.example.go.id/sla\n" in (there / "environments" / "local.bru").read_text()
    assert "LAPOR_TOKEN_OPERATOR=\n" in (there / ".env").read_text()
