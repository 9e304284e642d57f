import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from services.local.home import Home, RunningProcess, RunningStack


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def us() -> RunningProcess:
    return RunningProcess.of("us", os.getpid())


def a_stack(supervisor: RunningProcess, *services: RunningProcess) -> RunningStack:
    return RunningStack(supervisor, "postgresql://db", "http://i", "http://r", "http://s", list(services))


@pytest.fixture
def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sleep", "60"])


def test_a_running_stack_is_found_again_as_it_was_noted(home: Home, us: RunningProcess) -> None:
    stack = a_stack(us, us)
    home.write_stack(stack)

    assert home.running_stack() == stack
    home.forget_stack()
    assert home.running_stack() is None


def test_a_stack_whose_pid_belongs_to_a_later_process_does_not_run(home: Home, us: RunningProcess) -> None:
    home.write_stack(a_stack(replace(us, began=us.began - 100)))

    assert home.running_stack() is None


def test_services_left_over_by_a_killed_stack_are_stopped(
    home: Home, us: RunningProcess, sleeper: subprocess.Popen[bytes]
) -> None:
    dead = replace(us, began=us.began - 100)
    home.write_stack(a_stack(dead, RunningProcess.of("intake_api", sleeper.pid)))

    assert home.stop_leftovers() == ["intake_api"]
    assert sleeper.wait(5) is not None
    assert home.read_stack() is None


def test_a_process_that_only_has_the_pid_of_a_service_is_left_alone(
    home: Home, us: RunningProcess, sleeper: subprocess.Popen[bytes]
) -> None:
    dead = replace(us, began=us.began - 100)
    noted = RunningProcess.of("intake_api", sleeper.pid)
    home.write_stack(a_stack(dead, replace(noted, began=noted.began - 100)))

    assert home.stop_leftovers() == []
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


def test_the_services_of_a_stack_that_runs_are_no_leftovers(
    home: Home, us: RunningProcess, sleeper: subprocess.Popen[bytes]
) -> None:
    home.write_stack(a_stack(us, RunningProcess.of("intake_api", sleeper.pid)))

    assert home.stop_leftovers() == []
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()
