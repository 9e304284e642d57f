"""Commands that check."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from intake_api.identities.sealing import Identities
from services import database
from services.audit import walk as auditing
from services.audit.log import Kept
from services.cli.consoles import errors, output
from services.cli.log import verifier_keys
from services.cli.verify import read_keys
from services.keeping import Copy
from services.local import chosen
from services.local.home import Home
from services.progress import LongWork
from shared.actors import INTAKE
from shared.keys.purposes import KeyPurpose

app = typer.Typer(help="Check that the histories of reports are whole.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Check that the histories of reports are whole."""


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            help="The folder with checkpoints and tiles that somebody else kept, as `lapor log keep` writes it."
        ),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="The keys that the log had when they were kept; default: those that it has now."),
    ] = None,
) -> None:
    """Recompute every hash, and compare reports and the registry with what the logs say. Exit code 1: a break."""
    home = Home.from_environment()
    kept = None if checkpoints is None else _kept(checkpoints, key or [])
    with chosen.working_database(home) as url:
        findings = asyncio.run(_verify(url, _identities(home), kept))
    if as_json:
        typer.echo(findings.as_json())
    else:
        _tell(findings)
    raise typer.Exit(0 if findings.whole else 1)


def _tell(findings: auditing.Findings) -> None:
    for found in findings.breaks:
        at = "" if found.seq is None else f", event {found.seq}"
        output.print(f"Report {found.tracking_number} ({found.report_id}){at}: {found.what}.", highlight=False)
    for one in findings.registry_breaks:
        at = "" if one.seq is None else f", change {one.seq}"
        output.print(f"Registry, {one.subject} {one.key}{at}: {one.what}.", highlight=False)
    verdict = f"Broken: {findings.broken}." if findings.broken else "All of them are whole."
    output.print(f"Reports: {findings.reports}, events: {findings.events}. {verdict}", highlight=False)
    if findings.unopened:
        output.print(
            f"Identities that could not be compared, since their keys are not here: {findings.unopened}.",
            highlight=False,
        )
    verdict = f"Broken: {findings.registry_broken}." if findings.registry_broken else "It is whole."
    output.print(f"Changes of the registry: {findings.registry_changes}. {verdict}", highlight=False)
    for leaf in findings.log_breaks:
        of = "" if leaf.report_id is None else f", report {leaf.tracking_number} ({leaf.report_id})"
        at = "" if leaf.index is None else f", leaf {leaf.index}"
        output.print(f"Transparency log{at}{of}: {leaf.what}.", highlight=False)
    verdict = f"Broken: {findings.log_broken}." if findings.log_broken else "All of them are in their histories."
    output.print(f"Leaves of the transparency log: {findings.log_leaves}. {verdict}", highlight=False)


def _identities(home: Home) -> Identities | None:
    """None: there are no keys to open any with."""
    if not any(key.purpose is KeyPurpose.IDENTITIES for key in home.keys.ring(INTAKE).keys):
        return None
    return Identities(home.keys.held_by(INTAKE))


def _kept(folder: Path, files: Sequence[Path]) -> Kept:
    keys = [known for file in files for known in read_keys(file)] or verifier_keys()
    return Kept.read(Copy(folder), keys)


async def _verify(url: str, identities: Identities | None, kept: Kept | None) -> auditing.Findings:
    await database.check_reachable(url)
    await database.check_migrated(url)
    engine = database.engine_for(url)
    try:
        with LongWork(errors) as bar:
            task = bar.add_task("Checking reports", total=None)
            return await auditing.verify(
                engine,
                identities=identities,
                kept=kept,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )
    finally:
        await engine.dispose()
