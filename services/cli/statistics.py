"""`lapor statistics`: what figures count."""

import time
from typing import Annotated
from uuid import UUID

import typer

from services.cli import rules
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson
from services.cli.speaking import called
from services.progress import LongWork
from shared.database import Sessions
from sla_monitor.counting import rebuild as rebuilding
from sla_monitor.counting.rebuild import Rebuilt
from sla_monitor.reference.service import References
from sla_monitor.sums import keeping as sums
from sla_monitor.sums.queries import Summing
from sla_monitor.sums.terms import shipped_terms

app = typer.Typer(help="Figures: what is counted of reports.", no_args_is_help=True)

POSITION_SECONDS = 30.0


@app.callback()
def statistics() -> None:
    """Figures: what is counted of reports."""


@app.command()
def rebuild(
    after: Annotated[UUID | None, typer.Option(help="Go on behind this report, where a run was broken off.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count every report anew from the log. Everything may go on meanwhile; run it once after an upgrade to 0.2."""

    async def work(sessions: Sessions) -> Rebuilt:
        with LongWork(errors) as bar:
            task = bar.add_task("Counting reports", total=None)
            told = time.monotonic()

            def tell(done: int, total: int, last: UUID | None) -> None:
                nonlocal told
                bar.update(task, completed=done, total=total)
                if last is not None and time.monotonic() - told > POSITION_SECONDS:
                    told = time.monotonic()
                    going_on = f"If it is broken off: {called()} statistics rebuild --after {last}"
                    errors.print(going_on, highlight=False, markup=False)

            done = await rebuilding.rebuild(sessions, References(), after=after, tell=tell)
            bar.update(task, description="Adding up the months")
            await sums.add_up_anew(sessions, Summing(shipped_terms()))
            return done

    found = rules.run(work)
    if as_json:
        output.print_json(data=found._asdict())
        return
    output.print(f"Reports counted: {found.reports}; could not be counted: {found.refused}.", highlight=False)
