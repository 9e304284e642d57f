"""`lapor routing rules`: the sets of rules that say where reports go."""

import json
from math import inf
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.opinion import Known
from routing_service.competence.rule_sets import replaying, service
from routing_service.competence.rule_sets.schemas import (
    Activation,
    LintView,
    ReplayView,
    RuleOutcome,
    RulesBody,
    RuleSetCreate,
    RuleSetDetail,
    RuleSetParams,
    RuleSetView,
)
from routing_service.registry.agencies.queries import directory
from services.cli import rules
from services.cli.consoles import errors, output
from services.cli.speaking import called, in_words
from services.progress import LongWork
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.regions import national_day
from shared.domain.states import RuleSetState
from shared.http.wire import etag

app = typer.Typer(help="Sets of rules: drafted, checked, tried, put in force.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Id = Annotated[int, typer.Argument(help="The set's number; `lapor routing rules list` shows them.")]
Version = Annotated[
    int | None,
    typer.Option("--version", min=0, help="Only if nobody has changed it since; `lapor routing rules show` tells."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.callback()
def rule_sets() -> None:
    """Sets of rules: drafted, checked, tried, put in force."""


@app.command("list")
def list_sets(as_json: AsJson = False) -> None:
    """Show the sets, the newest first."""

    async def work(sessions: Sessions) -> list[RuleSetView]:
        async with sessions() as session:
            return (await service.page_of_rule_sets(session, RuleSetParams(limit=200), rules.operator())).items

    found = rules.run(work)
    if as_json:
        typer.echo("[" + ",".join(one.model_dump_json() for one in found) + "]")
        return
    table = Table("id", "of", "state", "rules", "based on", "in force since", "name")
    for one in found:
        since = "-" if one.activated_at is None else f"{one.activated_at:%Y-%m-%d %H:%M}"
        table.add_row(
            str(one.id), one.agency or "-", one.state, str(one.rules_count), str(one.based_on or "-"), since, one.name
        )
    output.print(table)


@app.command()
def show(id: Id, as_json: AsJson = False) -> None:
    """Show the rules of a set in their order."""
    found = _set(id)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    output.print(
        f"{found.id} {found.name} ({found.state}, version {found.version}) {found.note}".strip(),
        highlight=False,
        markup=False,
    )
    table = Table("rule", *(Column(name, overflow="fold") for name in ("if", "then", "note")))
    for one in found.rules:
        note = " ".join(filter(None, (one.note, one.legal_basis and f"({one.legal_basis})")))
        table.add_row(str(one.position), _compact(one.conditions), _compact(one.result), note)
    output.print(table)


def _set(id: int) -> RuleSetDetail:
    async def work(sessions: Sessions) -> RuleSetDetail:
        async with sessions() as session:
            return await service.get_rule_set(session, id, rules.operator())

    return rules.run(work)


def _compact(data: dict[str, Any]) -> str:
    said = "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value)}" for name, value in data.items()
    )
    return said or "always"


@app.command()
def export(id: Id) -> None:
    """Print a set as JSON that `import` takes."""
    found = _set(id)
    kept = [one.model_dump(mode="json", exclude={"id", "position"}, exclude_none=True) for one in found.rules]
    document = {"name": found.name, "note": found.note, "rules": kept} | (
        {"agency": found.agency} if found.agency else {}
    )
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A JSON document: name, note, rules; `export` prints one.")],
    draft: Annotated[int | None, typer.Option(help="Give the rules to this draft; else to a new one.")] = None,
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft of a file; every mistake is named by its field."""
    body = _read(file)

    async def work(sessions: Sessions) -> RuleSetDetail:
        async with sessions.begin() as session:
            if draft is not None:
                rules_body = RulesBody(rules=body.rules or [])
                return await service.replace_rules(
                    session, draft, rules_body, rules.operator(), if_match=_seen(version)
                )
            return await service.create(session, body, rules.operator())

    with errors.status("Storing the rules"):
        made = rules.run(work)
    if as_json:
        typer.echo(made.model_dump_json())
        return
    output.print(f"The draft {made.id} ({made.name}) has {made.rules_count} rules.", highlight=False, markup=False)
    output.print(f"Next: {called()} routing rules lint {made.id}", highlight=False)


def _seen(version: int | None) -> str | None:
    return None if version is None else etag(version)


def _read(file: Path) -> RuleSetCreate:
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    try:
        return RuleSetCreate.model_validate(json.loads(file.read_bytes()))
    except ValidationError as error:
        said = [f"/{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise CannotRun("\n  ".join(["The rules cannot be used.", *said])) from None
    except ValueError as error:
        raise CannotRun(f"{file} is not JSON: {error}.") from None


@app.command()
def lint(id: Id, as_json: AsJson = False) -> None:
    """Find rules that never decide, contradict each other, or name what is not there. Exit code 1 for an error."""

    async def work(sessions: Sessions) -> LintView:
        with errors.status("Checking the rules"):
            async with sessions() as session:
                known, today = await directory(session), national_day(utc_now())
                return await service.findings(session, id, known, rules.operator(), on=today)

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        for one in found.findings:
            output.print(f"{one.severity} {one.code}: {one.en}", highlight=False, markup=False)
        output.print(f"{found.errors} errors, {found.warnings} warnings.", highlight=False)
    if found.errors:
        raise typer.Exit(1)


async def _what_is_known(session: AsyncSession) -> Known:
    """Imported here: what locates and has learned takes a while to load, and no other command should wait for it."""
    from prometheus_client import CollectorRegistry

    from routing_service.competence.knowledge import Knowledge

    return await Knowledge(CollectorRegistry()).current(session)


@app.command()
def replay(
    id: Id,
    last: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many reports, the newest first.")] = 1_000,
    limit: Annotated[int, typer.Option(min=0, help="How many changes are listed; --json lists all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show which of the last public reports would go elsewhere than by the set in force. Stores nothing."""

    async def work(sessions: Sessions) -> ReplayView:
        with LongWork(errors) as bar:
            task = bar.add_task("Replaying reports", total=last)
            async with sessions() as session:
                known = await _what_is_known(session)
                return await replaying.replay(
                    session, id, known, rules.operator(), last=last, seconds=inf,
                    progress=lambda done: bar.update(task, completed=done),
                )  # fmt: skip

    found = rules.run(work)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    _show_replay(found, limit)


def _show_replay(found: ReplayView, limit: int) -> None:
    table = Table("report", "before", "after", "really", "why")
    for one in found.items[:limit]:
        table.add_row(one.tracking_number, _said(one.before), _said(one.after), one.actual or "-", one.why.en)
    if found.items:
        output.print(table)
    compared = "no set" if found.compared_with is None else f"set {found.compared_with}"
    output.print(
        f"Of {found.examined} public reports, {found.changed} would change against {compared}"
        f" ({len(found.items[limit:])} not listed).",
        highlight=False,
    )
    for name, tally in (("before", found.before), ("after", found.after)):
        output.print(
            f"  {name}: {tally.decided} decided, {tally.failed} failed, {tally.undecided} without a rule;"
            f" {tally.as_assigned} as really assigned (of {found.assigned})",
            highlight=False,
        )
    for rule in found.failing[:10]:
        output.print(f"  rule {rule.position} fails on {rule.reports} of them: {rule.failure}", highlight=False)


def _said(outcome: RuleOutcome) -> str:
    return outcome.agency or outcome.failure or "-"


@app.command()
def activate(id: Id, version: Version = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Put a set in force, instead of the one that is."""

    async def look(sessions: Sessions) -> RuleSetView | None:
        async with sessions() as session:
            client, params = rules.operator(), RuleSetParams(state=RuleSetState.ACTIVE, limit=200)
            owner = (await service.get_rule_set(session, id, client)).agency
            found = (await service.page_of_rule_sets(session, params, client)).items
            return next((one for one in found if one.agency == owner), None)

    present = rules.run(look)
    if not yes and not as_json:
        instead = f" instead of {present.id} ({present.name})" if present else ""
        typer.confirm(in_words(f"Put the rule set {id} in force{instead}?"), abort=True)
    body = Activation(replaces=present.id if present else None)

    async def work(sessions: Sessions) -> RuleSetView:
        async with sessions.begin() as session:
            return await service.activate_rule_set(
                session, id, body, rules.operator(), now=utc_now(), if_match=_seen(version)
            )

    _show_in_force(rules.run(work), as_json=as_json)


@app.command()
def rollback(id: Id, as_json: AsJson = False) -> None:
    """Take the set that is in force out of it, and put back the one that it replaced."""

    async def work(sessions: Sessions) -> RuleSetView:
        async with sessions.begin() as session:
            return await service.roll_back(session, id, rules.operator(), now=utc_now())

    _show_in_force(rules.run(work), as_json=as_json)


def _show_in_force(found: RuleSetView, *, as_json: bool) -> None:
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        output.print(f"The rule set {found.id} ({found.name}) is in force.", highlight=False, markup=False)
