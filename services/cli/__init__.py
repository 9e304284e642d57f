"""The `lapor` command: `.venv/bin/lapor --help` in a working copy.

A command's module is loaded when that command is asked for: all of them together load half of the three services, and
every service is started by `lapor serve`.
"""

import os
import sys
from importlib import import_module
from typing import Annotated

import typer

from services.cli import helping, speaking
from services.cli.consoles import errors
from services.loading import loading
from services.trouble import CannotRun
from shared.domain.wording import Language

#: The modules of this package and their commands.
COMMANDS = {
    "run": ("up", "serve"),
    "database": ("migrate", "seed"),
    "grants": ("grants",),
    "verify": ("verify",),
    "tools": ("token", "demo", "bench", "openapi"),
}
#: Modules whose `app` is a command with commands of its own.
GROUPS = (
    "accounts", "audit", "boundaries", "clients", "keys", "limits", "log", "mappings", "news", "operator", "outbox",
    "registry", "retention", "routing", "sla", "statistics", "texts",
)  # fmt: skip


def lapor(
    language: Annotated[
        Language, typer.Option(envvar="LAPOR_LANGUAGE", help="Of what commands say: en or id.")
    ] = Language.EN,
) -> None:
    """Complaints about public services: accepted, routed to the competent agency, watched until answered."""
    speaking.speak(language)


def application(wanted: str | None = None) -> typer.Typer:
    """The whole command, or as much of it as running `wanted` takes."""
    app = typer.Typer(name="lapor", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(lapor)
    known = wanted in GROUPS or any(wanted in commands for commands in COMMANDS.values())
    for module, commands in COMMANDS.items():
        if not known or wanted in commands:
            for command in commands:
                app.command()(getattr(import_module(f"services.cli.{module}"), command))
    for group in GROUPS:
        if not known or wanted == group:
            app.add_typer(import_module(f"services.cli.{group}").app, name=group)
    return app


def main() -> None:
    try:
        with loading():
            command = typer.main.get_command(application(sys.argv[1] if len(sys.argv) > 1 else None))
        if helping.language_of(sys.argv[1:], os.environ) is Language.ID:
            helping.translate_help(typer.Context(command))
        command(prog_name="lapor")
    except CannotRun as error:
        errors.print(str(error), markup=False, highlight=False)
        sys.exit(error.exit_code)
