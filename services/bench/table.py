"""What was measured, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.bench.measurements import Finding, Measurement


def show(console: Console, measurements: Sequence[Measurement]) -> None:
    table = Table(title="Measured on this machine")
    for column in ("", "what", "measured", "target", ""):
        table.add_column(column, overflow="fold")
    for measurement in measurements:
        table.add_section()
        table.add_row(measurement.letter, f"[bold]{escape(measurement.title)}")
        for finding in measurement.findings:
            table.add_row("", escape(finding.name), finding.measured, finding.target, _verdict(finding))
    console.print(table)
    for measurement in measurements:
        if measurement.note:
            console.print(f"({measurement.letter}) {measurement.note}.", highlight=False, markup=False)


def _verdict(finding: Finding) -> str:
    return {True: "[green]ok", False: "[red]not reached", None: ""}[finding.ok]


def write(path: Path, measurements: Sequence[Measurement], context: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {**context, "measurements": {each.letter: _figures(each) for each in measurements}}
    path.write_text(json.dumps(document, indent=2) + "\n")


def _figures(measurement: Measurement) -> dict[str, Any]:
    figures = asdict(measurement)
    del figures["letter"]
    return figures
