"""`lapor routing`: what decides where reports go."""

import typer

from services.cli import routing_rules

app = typer.Typer(help="Where reports go: rules.", no_args_is_help=True)
app.add_typer(routing_rules.app, name="rules")


@app.callback()
def routing() -> None:
    """Where reports go: rules."""
