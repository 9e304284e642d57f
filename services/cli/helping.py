"""The help of commands in Indonesian. It is written before a command has read its options, and so is the language."""

from collections.abc import Iterator, Mapping, Sequence

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from services.cli import speaking
from shared.domain.wording import Language

#: What typer itself puts into a help, by the names that it has there.
_TYPERS_OWN = (
    "ARGUMENTS_PANEL_TITLE",
    "OPTIONS_PANEL_TITLE",
    "COMMANDS_PANEL_TITLE",
    "DEFAULT_STRING",
    "ENVVAR_STRING",
    "REQUIRED_LONG_STRING",
)


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """What stands in front of the command, else in LAPOR_LANGUAGE; whatever is no language is refused later."""
    given = environment.get("LAPOR_LANGUAGE", "")
    words = iter(arguments)
    for word in words:
        if word == "--language":
            given = next(words, "")
        elif word.startswith("--language="):
            given = word.removeprefix("--language=")
        elif not word.startswith("-"):
            break
    return Language.ID if given == Language.ID else Language.EN


def translate_help(context: typer.Context) -> None:
    """Of a command, its options, and all commands below it."""
    from typer import rich_utils

    for name in _TYPERS_OWN:
        setattr(rich_utils, name, speaking.in_indonesian(getattr(rich_utils, name)))
    for one in commands_of(context):
        one.command.help = _said(one.command.help)
        for parameter in one.command.get_params(one):
            if isinstance(parameter, TyperArgument | TyperOption):
                parameter.help = _said(parameter.help)


def commands_of(context: typer.Context) -> Iterator[typer.Context]:
    """A command and all below it."""
    yield context
    if isinstance(context.command, TyperGroup):
        for command in context.command.commands.values():
            yield from commands_of(typer.Context(command, info_name=command.name, parent=context))


def _said(text: str | None) -> str | None:
    return None if text is None else speaking.in_indonesian(text)
