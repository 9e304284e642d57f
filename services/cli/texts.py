"""`lapor texts`: what everybody may read of the reports."""

import json
import time
from typing import Annotated

import typer

from services.cli import rules
from services.cli.consoles import errors, output
from services.progress import LongWork
from shared.clock import utc_now
from shared.database import Sessions

app = typer.Typer(help="What everybody may read of the reports.", no_args_is_help=True)


@app.callback()
def texts() -> None:
    """What everybody may read of the reports."""


@app.command()
def mask(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that this version of the masking made already.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Mask the people in reports that have no public text yet, or one of an older version of the masking.

    Official answers of an older version are masked anew as well.

    For what is from before an upgrade. May be stopped and started again at any time, and run several times at once.
    What officers masked, or lifted, stays.
    """
    started = time.monotonic()
    count, answers = rules.run(lambda sessions: _mask(sessions, everything=everything))
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        typer.echo(json.dumps({"masked": count, "answers": answers, "seconds": seconds}))
    else:
        output.print(
            f"{count:,} reports and {answers:,} official answers were masked in {seconds:,} seconds.", highlight=False
        )


async def _mask(sessions: Sessions, *, everything: bool) -> tuple[int, int]:
    from routing_service.work.masking import backfill

    made_before = utc_now() if everything else None
    total = await backfill.count_texts(sessions, made_before=made_before)
    done = 0
    with LongWork(errors) as bar:
        task = bar.add_task("Masking reports", total=total)
        async for number in backfill.mask(sessions, made_before=made_before):
            done += number
            bar.update(task, completed=done)
        answers = 0
        task = bar.add_task("Masking answers", total=None)
        async for number in backfill.mask_answers(sessions, everything=everything):
            answers += number
            bar.update(task, completed=answers)
    return done, answers
