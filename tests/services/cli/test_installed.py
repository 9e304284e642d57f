"""The command where the project is installed from its wheel, without the working copy."""

import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from services.cli import tools
from services.trouble import CannotRun

FIND: dict[str, Any] = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
LEFT_OUT = ("services.bench", "services.demo")


def packages_of_the_wheel() -> set[str]:
    """As setuptools finds them."""
    found = {".".join(path.parent.parts) for path in Path().glob("[a-z]*/**/__init__.py")}
    included = {name for name in found if any(fnmatchcase(name, pattern) for pattern in FIND["include"])}
    return {name for name in included if not any(fnmatchcase(name, pattern) for pattern in FIND["exclude"])}


def test_the_wheel_holds_the_services_and_the_command_but_nothing_that_measures_shows_or_tests() -> None:
    packages = packages_of_the_wheel()

    assert {"shared.http", "intake_api", "routing_service.work.desk", "sla_monitor", "services.cli"} <= packages
    assert not [name for name in packages if name.startswith(("tests", *LEFT_OUT))]


def test_every_package_of_the_services_is_in_the_wheel() -> None:
    """A folder without an __init__.py would be left out without a word."""
    folders = {
        ".".join(path.parent.parts)
        for package in ("shared", "intake_api", "routing_service", "sla_monitor", "services")
        for path in Path(package).rglob("*.py")
        if "data" not in path.parts
    }

    assert {name for name in folders if not name.startswith(LEFT_OUT)} <= packages_of_the_wheel()


@pytest.mark.parametrize(("command", "arguments"), [("demo", {}), ("bench", {"rows": 1, "seconds": 1})])
def test_what_is_not_installed_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, command: str, arguments: dict[str, Any]
) -> None:
    monkeypatch.delattr(f"services.{command}", raising=False)
    monkeypatch.setitem(sys.modules, f"services.{command}", None)

    with pytest.raises(CannotRun, match=f"lapor {command} is not part of an installation: call it in a working copy"):
        getattr(tools, command)(**arguments)


def test_a_module_that_the_demo_itself_misses_is_no_matter_of_the_installation() -> None:
    with pytest.raises(ModuleNotFoundError, match="uvloop"), tools.of_the_working_copy("demo"):
        raise ModuleNotFoundError("No module named 'uvloop'", name="uvloop")
