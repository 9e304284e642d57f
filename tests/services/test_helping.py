"""The help of every command, in Indonesian too."""

import os
import re
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperArgument, TyperOption

from services import cli
from services.cli import helping, speaking
from shared.domain.wording import Language
from tests.forks import lapor


def helps() -> Iterator[tuple[str, str]]:
    """Where a line stands, and the line."""
    for context in helping.commands_of(typer.Context(typer.main.get_command(cli.application()), info_name="lapor")):
        options = [one for one in context.command.get_params(context) if isinstance(one, TyperArgument | TyperOption)]
        texts = {"": context.command.help} | {f" {option.name}": option.help for option in options}
        for name, text in texts.items():
            yield from ((context.command_path + name, line) for line in (text or "").split("\n") if line)


def test_every_help_has_an_indonesian_one() -> None:
    known = speaking.catalogue().plain

    assert {where: line for where, line in helps() if line not in known} == {}


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], "", Language.EN),
        ([], "id", Language.ID),
        (["--help"], "id", Language.ID),
        (["--language", "id", "--help"], "", Language.ID),
        (["--help", "--language=id"], "", Language.ID),
        (["--language", "en", "sla"], "id", Language.EN),
        (["registry", "gaps", "--language", "id"], "", Language.EN),
        (["--language", "xx"], "", Language.EN),
        (["--language"], "id", Language.EN),
    ],
)  # fmt: skip
def test_the_language_stands_in_front_of_the_command_or_in_the_environment(
    arguments: list[str], environment: str, expected: Language
) -> None:
    assert helping.language_of(arguments, {"LAPOR_LANGUAGE": environment}) is expected


def test_help_is_printed_in_the_language_that_is_asked_for() -> None:
    called = ("--language", "id", "routing", "rules", "activate", "--help")
    printed = lapor(*called, environment=dict(os.environ)).stdout

    for said in ("Memberlakukan himpunan", "Opsi", "Argumen", "[wajib]", "Menunjukkan bantuan ini"):
        assert said in printed
    assert re.search(r"required|Options|Put a set", printed) is None
