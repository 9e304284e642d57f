"""The `lapor` command: `lapor --help`, or `python -m services.cli --help` where nothing is installed."""

import sys

import typer

from services.cli import audit, boundaries, database, outbox, registry, routing, run, sla, texts, tools
from services.cli.consoles import errors
from services.trouble import CannotRun

app = typer.Typer(
    name="lapor",
    help="Complaints about public services: accepted, routed to the competent agency, watched until answered.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(run.up)
app.command()(run.serve)
app.command()(database.migrate)
app.command()(database.seed)
app.command()(tools.token)
app.command()(tools.demo)
app.command()(tools.bench)
app.command()(tools.openapi)
app.add_typer(audit.app, name="audit")
app.add_typer(outbox.app, name="outbox")
app.add_typer(sla.app, name="sla")
app.add_typer(registry.app, name="registry")
app.add_typer(routing.app, name="routing")
app.add_typer(boundaries.app, name="boundaries")
app.add_typer(texts.app, name="texts")


def main() -> None:
    try:
        app()
    except CannotRun as error:
        errors.print(str(error), markup=False, highlight=False)
        sys.exit(error.exit_code)
