"""`lapor sla`: the rules of the monitor."""

import typer

from services.cli import sla_calendar, sla_explain, sla_limits, sla_people, sla_policy

app = typer.Typer(help="Deadlines: calendars, policies, local limits.", no_args_is_help=True)
app.add_typer(sla_calendar.app, name="calendar")
app.add_typer(sla_policy.app, name="policy")
app.command()(sla_policy.limit)
app.add_typer(sla_limits.app, name="limits")
app.command("recomputations")(sla_policy.list_recomputations)
app.command()(sla_people.mail)
app.command()(sla_people.reprimand)
app.command()(sla_people.package)
app.command()(sla_explain.explain)


@app.callback()
def sla() -> None:
    """Deadlines: calendars, policies, local limits."""
