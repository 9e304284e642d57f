"""`lapor routing evaluate`: how well what is learned from one file finds the agencies of another."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli.consoles import errors, output, say
from services.cli.routing_models import AsJson, Wanted
from services.trouble import CannotRun

Csv = Annotated[Path | None, typer.Option(help="CSV with text, agency; district, village, received_at where known.")]


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
                parts = (rows, read_corpus(test, subject=subject)) if train and test else evaluating.latest_part(rows)
                measure = evaluating.rolling if rolling else evaluating.evaluate
                found = measure(*parts, wanted=wanted, say=status.update)
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
        say(f"{agency}: " + ", ".join(f"{name} {count}" for name, count in list(said.items())[:5]))
    say(
        f"Trained in {found['train_seconds']} s, at most {found['peak_mib']} MiB; a decision takes"
        f" {found['decide_p50_ms']} ms (median)."
    )
