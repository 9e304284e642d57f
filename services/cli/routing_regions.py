"""`lapor routing locate`: regions for reports of before."""

import json
import time
from typing import Annotated

import typer

from services.cli import rules
from services.cli.consoles import errors, output
from services.progress import LongWork
from shared.database import Sessions

#: Returns have no say in where a report is about.
ANY_NUMBER = 1


def locate(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Look for the region of reports that were decided on when nobody could tell it.

    For what is from before boundaries were imported, or from before an upgrade.

    May be stopped and started again at any time, and run several times at once. A region that an officer set stays.
    """
    started = time.monotonic()
    looked, found = rules.run(_locate)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        typer.echo(json.dumps({"looked_at": looked, "located": found, "seconds": seconds}))
    else:
        output.print(
            f"{found:,} of {looked:,} reports without a region got one in {seconds:,} seconds.", highlight=False
        )


async def _locate(sessions: Sessions) -> tuple[int, int]:
    """Imported here: what locates takes a while to load, and no other command should wait for it."""
    from prometheus_client import CollectorRegistry

    from routing_service.competence.knowledge import Knowledge
    from routing_service.work.decisions import locating
    from routing_service.work.decisions.advice import Advising

    advising = Advising(Knowledge(CollectorRegistry()), ANY_NUMBER)
    total = await locating.count(sessions)
    looked = found = 0
    with LongWork(errors) as bar:
        task = bar.add_task("Looking for regions", total=total)
        async for many, located in locating.locate(sessions, advising=advising):
            looked, found = looked + many, found + located
            bar.update(task, completed=looked)
    return looked, found
