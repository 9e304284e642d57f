"""`lapor routing train` and `models`: what is learned from the reports of the past, and which of it is in force."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.models import renewal, service
from routing_service.competence.models.schemas import ModelView
from routing_service.competence.models.service import LEAST_REPORTS, Comparison
from services.cli import rules
from services.cli.consoles import errors, output, say
from services.cli.speaking import called
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.states import ModelState

app = typer.Typer(help="Models: what has been learned, and which one is in force.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Wanted = Annotated[
    float, typer.Option(min=0.5, max=0.999, help="Share of the reports assigned without a person that must be right.")
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="YYYY-MM-DD (UTC).")]
Id = Annotated[int, typer.Argument(help="The model's number; `lapor routing models list` shows them.")]

T = TypeVar("T")


@app.callback()
def models() -> None:
    """Models: what has been learned, and which one is in force."""


def train(
    since: Day = None,
    until: Day = None,
    min_reports: Annotated[int, typer.Option(min=20, help="With fewer nothing is learned.")] = LEAST_REPORTS,
    wanted: Wanted = 0.95,
    force: Annotated[bool, typer.Option("--force", help="Put it in force even where it is not better.")] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from the reports that agencies have confirmed, and put the model in force if it is no worse."""
    first, last = (None if day is None else day.replace(tzinfo=UTC) for day in (since, until))

    async def work(session: AsyncSession) -> tuple[ModelView, Comparison | None]:
        return await service.train(
            session,
            rules.operator(),
            wanted=wanted,
            now=utc_now(),
            since=first,
            until=last,
            least=min_reports,
            force=force,
        )

    with errors.status("Learning"):
        made, compared = _done(work)
    if as_json:
        typer.echo(json.dumps({**made.model_dump(mode="json"), "comparison": compared and compared.sentence}))
    else:
        _tell(made, compared)
    if made.state is not ModelState.ACTIVE:
        raise typer.Exit(1)


def _done(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """In one transaction."""

    async def connected(sessions: Sessions) -> T:
        async with sessions.begin() as session:
            return await work(session)

    return rules.run(connected)


def _tell(made: ModelView, compared: Comparison | None) -> None:
    found, learned = made.metrics, made.trained_on
    named = f"On the latest {found.held_back:,} it names the right agency first in {found.top1:.1%}."
    if found.precision is None:
        alone = f"{named} It assigns none alone: no threshold gives a precision of {found.wanted:.0%}."
    else:
        alone = f"{named} It would assign {found.coverage:.1%} alone, {found.precision:.1%} of them rightly."
    not_in_force = f"It is not put in force. To do so all the same: {called()} routing models activate {made.id}"
    say(
        f"Model {made.id} learned from {learned.reports:,} reports of {learned.agencies} agencies.",
        alone,
        *([] if compared is None else [compared.sentence]),
        "It is in force." if made.state is ModelState.ACTIVE else not_in_force,
    )


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show the models, the newest first."""
    found = _done(lambda session: renewal.page_of_models(session, limit=200, now=utc_now()))
    if as_json:
        typer.echo(found.model_dump_json())
        return
    if found.active is None:
        say(f"Nothing has been learned yet: rules alone decide. Next: {called()} routing train")
    table = Table("id", "state", "trained at", "reports", "first", "alone", "precision", "in force since")
    for one in found.items:
        precision = "-" if one.metrics.precision is None else f"{one.metrics.precision:.1%}"
        since = "-" if one.activated_at is None else f"{one.activated_at:%Y-%m-%d %H:%M}"
        learned = f"{one.trained_at:%Y-%m-%d %H:%M}", f"{one.trained_on.reports:,}"
        measured = f"{one.metrics.top1:.1%}", f"{one.metrics.coverage:.1%}", precision
        table.add_row(str(one.id), one.state, *learned, *measured, since)
    if found.items:
        output.print(table)
    if found.achieved is not None and found.achieved.precision is not None:
        done = found.achieved
        say(
            f"Since {done.since:%Y-%m-%d} the model in force was sure of {done.reports:,} reports that agencies have"
            f" confirmed, and right about {done.precision:.1%} of them; {done.wanted:.0%} are wanted."
        )


@app.command()
def activate(id: Id, as_json: AsJson = False) -> None:
    """Put a model in force; the present one retires."""
    _changed(lambda session: service.activate_model(session, id, rules.operator(), now=utc_now()), as_json)


@app.command()
def rollback(as_json: AsJson = False) -> None:
    """Put the model in force again that was before the present one."""
    _changed(lambda session: service.roll_back(session, rules.operator(), now=utc_now()), as_json)


def _changed(change: Callable[[AsyncSession], Awaitable[ModelView]], as_json: bool) -> None:
    found = _done(change)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        say(f"Model {found.id} is in force.")
