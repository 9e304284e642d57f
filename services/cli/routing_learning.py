"""`lapor routing train`, `evaluate` and `models`: what is learned from the reports of the past, and how good it is."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import achieved, queries, service
from routing_service.competence.learning.schemas import ModelList, ModelView
from routing_service.competence.learning.service import Comparison
from routing_service.competence.learning.training import MOST_REPORTS
from routing_service.competence.place import loading
from routing_service.registry.agencies.queries import directory
from services.cli import rules
from services.cli.consoles import errors, output
from services.cli.speaking import called
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.states import ModelState

app = typer.Typer(help="Models: what has been learned, and which one is in force.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Wanted = Annotated[
    float, typer.Option(min=0.5, max=0.999, help="Share of the reports assigned without a person that must be right.")
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="YYYY-MM-DD (UTC).")]
Csv = Annotated[Path | None, typer.Option(help="CSV with text, agency; district, village, received_at where known.")]
Id = Annotated[int, typer.Argument(help="The model's number; `lapor routing models list` shows them.")]

LEAST_REPORTS = 200


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

    async def work(sessions: Sessions) -> tuple[ModelView, Comparison | None]:
        async with sessions() as session:
            taken = await queries.dispositions(session, since=_day(since), until=_day(until), limit=MOST_REPORTS)
            known, locator = await directory(session), await loading.load_locator(session)
            seen = await service.seen_until(session)
        with errors.status("Learning") as status:
            trained, taught = service.learn(
                taken, known, locator, wanted=wanted, least=min_reports, since=seen, say=status.update
            )
        async with sessions.begin() as session:
            compared = await service.compare(session, trained)
            made = await service.store_model(
                session,
                trained,
                taught,
                taken,
                rules.operator(),
                wanted=wanted,
                compared_with=None if compared is None else compared.other,
                now=utc_now(),
            )
            if compared is None or force or not compared.worse:
                made = await service.activate_model(session, made.id, rules.operator(), now=utc_now())
        return made, compared

    made, compared = rules.run(work)
    if as_json:
        typer.echo(json.dumps({**made.model_dump(mode="json"), "comparison": compared and compared.sentence}))
    else:
        _tell(made, compared)
    if made.state is not ModelState.ACTIVE:
        raise typer.Exit(1)


def _day(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _tell(made: ModelView, compared: Comparison | None) -> None:
    output.print(
        f"Model {made.id} learned from {made.trained_on.reports:,} reports of {made.trained_on.agencies} agencies.",
        highlight=False,
    )
    output.print(_measured(made), highlight=False)
    if compared is not None:
        output.print(compared.sentence, highlight=False)
    if made.state is ModelState.ACTIVE:
        output.print("It is in force.", highlight=False)
    else:
        output.print(
            f"It is not put in force. To do so all the same: {called()} routing models activate {made.id}",
            highlight=False,
        )


def _measured(made: ModelView) -> str:
    found = made.metrics
    named = f"On the latest {found.held_back:,} it names the right agency first in {found.top1:.1%}."
    if found.precision is None:
        return f"{named} It assigns none alone: no threshold gives a precision of {found.wanted:.0%}."
    return f"{named} It would assign {found.coverage:.1%} alone, {found.precision:.1%} of them rightly."


def evaluate(
    train: Csv = None,
    test: Csv = None,
    folds: Annotated[int | None, typer.Option(min=2, max=50, help="Cross-validate the one file.")] = None,
    rolling: Annotated[bool, typer.Option("--rolling", help="Learn anew before each month of the test.")] = False,
    subject: Annotated[str | None, typer.Option(metavar="COLUMN", help="What the citizen picked stands here.")] = None,
    wanted: Wanted = 0.95,
    as_json: AsJson = False,
) -> None:
    """Measure on files how well reports find their agency, beside a plain classifier. Needs no database.

    Of one file without --folds the latest quarter is the test.
    """
    from routing_service.competence.learning import evaluate as evaluating
    from routing_service.competence.learning.corpus import BadCorpus, read_corpus
    from routing_service.competence.learning.training import TooFew

    only = train or test
    if only is None:
        raise CannotRun("Name a file: --train A.csv --test B.csv, or --train A.csv --folds 5.")
    if folds is not None and train is not None and test is not None:
        raise CannotRun("--folds cross-validates one file: leave --test away.")
    if folds is not None and rolling:
        raise CannotRun("--rolling goes through the months: leave --folds away.")
    try:
        with errors.status("Reading") as status:
            rows = read_corpus(only, subject=subject)
            if folds is not None:
                found = evaluating.cross_validate(rows, folds, wanted=wanted, say=status.update)
            else:
                earlier, later = (
                    (rows, read_corpus(test, subject=subject)) if train and test else evaluating.latest_part(rows)
                )
                measure = evaluating.rolling if rolling else evaluating.evaluate
                found = measure(earlier, later, wanted=wanted, say=status.update)
    except (BadCorpus, TooFew) as error:
        raise CannotRun(str(error)) from None
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    table = Table("", "learned", "baseline")
    for key in ("top1", "top3", "macro_f1", "coverage", "precision"):
        table.add_row(key, *("-" if one[key] is None else f"{one[key]:.4f}" for one in (found, found["baseline"])))
    output.print(table)
    for agency, said in found["confusion"].items():
        wrong = ", ".join(f"{name} {count}" for name, count in list(said.items())[:5])
        output.print(f"{agency}: {wrong}", markup=False, highlight=False)
    output.print(
        f"Trained in {found['train_seconds']} s, at most {found['peak_mib']} MiB; a decision takes"
        f" {found['decide_p50_ms']} ms (median).",
        highlight=False,
    )


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show the models, the newest first."""

    async def work(sessions: Sessions) -> ModelList:
        async with sessions() as session:
            return await achieved.page_of_models(session, limit=200, now=utc_now())

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    if found.active is None:
        output.print(
            f"Nothing has been learned yet: rules alone decide. Next: {called()} routing train", highlight=False
        )
    table = Table("id", "state", "trained at", "reports", "first", "alone", "precision", "in force since")
    for one in found.items:
        precision = "-" if one.metrics.precision is None else f"{one.metrics.precision:.1%}"
        since = "-" if one.activated_at is None else f"{one.activated_at:%Y-%m-%d %H:%M}"
        table.add_row(
            str(one.id),
            one.state,
            f"{one.trained_at:%Y-%m-%d %H:%M}",
            f"{one.trained_on.reports:,}",
            f"{one.metrics.top1:.1%}",
            f"{one.metrics.coverage:.1%}",
            precision,
            since,
        )
    if found.items:
        output.print(table)
    if found.achieved is not None and found.achieved.precision is not None:
        done = found.achieved
        output.print(
            f"Since {done.since:%Y-%m-%d} the model in force was sure of {done.reports:,} reports that agencies have"
            f" confirmed, and right about {done.precision:.1%} of them; {done.wanted:.0%} are wanted.",
            highlight=False,
        )


@app.command()
def activate(id: Id, as_json: AsJson = False) -> None:
    """Put a model in force; the present one retires."""

    async def change(session: AsyncSession) -> ModelView:
        return await service.activate_model(session, id, rules.operator(), now=utc_now())

    _changed(change, as_json)


@app.command()
def rollback(as_json: AsJson = False) -> None:
    """Put the model in force again that was before the present one."""

    async def change(session: AsyncSession) -> ModelView:
        return await service.roll_back(session, rules.operator(), now=utc_now())

    _changed(change, as_json)


def _changed(change: Any, as_json: bool) -> None:
    async def work(sessions: Sessions) -> ModelView:
        async with sessions.begin() as session:
            made: ModelView = await change(session)
            return made

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    output.print(f"Model {found.id} is in force.", highlight=False)
