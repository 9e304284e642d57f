"""`lapor routing`: what decides where reports go."""

import typer

from services.cli import routing_learning, routing_models, routing_regions, routing_rules

app = typer.Typer(help="Where reports go: rules, and what is learned.", no_args_is_help=True)
app.add_typer(routing_rules.app, name="rules")
app.add_typer(routing_models.app, name="models")
app.command()(routing_models.train)
app.command()(routing_learning.evaluate)
app.command()(routing_regions.locate)


@app.callback()
def routing() -> None:
    """Where reports go: rules, and what is learned."""
