"""`lapor sla policy`, `lapor sla limit` and `lapor sla recomputations`."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from services.cli import rules
from services.cli.consoles import errors, output
from services.cli.sla_calendar import AsJson, Yes, show_preview, show_recomputation
from services.cli.speaking import in_words
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.database import Sessions
from shared.http.wire import PageParams
from sla_monitor.agency_limits import service as limits
from sla_monitor.agency_limits.schemas import LimitBody, LimitChanged
from sla_monitor.policies import service
from sla_monitor.policies.schemas import (
    MigrationPreview,
    MigrationRequest,
    PolicyActivation,
    PolicyDetail,
    PolicyStatus,
    PolicyView,
)
from sla_monitor.policy_documents import PolicyDocument
from sla_monitor.recomputations import service as recomputations
from sla_monitor.recomputations.schemas import RecomputationView
from sla_monitor.reference.service import References

app = typer.Typer(help="Policies: deadlines, pauses and ladders.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The policy's code; `lapor sla policy list` shows them.")]
Reports = Annotated[list[str] | None, typer.Option("--report", help="A report; may be given several times.")]
Under = Annotated[str | None, typer.Option("--under", help="Reports under this policy.")]
Agency = Annotated[str | None, typer.Option(help="Reports that this agency or one below it holds.")]
Since = Annotated[datetime | None, typer.Option(help="Received on this day (UTC) or later.")]


@app.callback()
def policy() -> None:
    """Policies: deadlines, pauses and ladders."""


@app.command("list")
def list_policies(as_json: AsJson = False) -> None:
    """Show the policies, drafts and slots too."""

    async def work(sessions: Sessions) -> list[PolicyView]:
        async with sessions() as session:
            return (await service.page_of_policies(session, PageParams(limit=200))).items

    found = rules.run(work)
    if as_json:
        typer.echo("[" + ",".join(one.model_dump_json() for one in found) + "]")
        return
    table = Table("code", "status", "effective from", "legal basis")
    for one in found:
        since = str(one.effective_from or ("ever" if one.status is PolicyStatus.ACTIVE else "-"))
        table.add_row(one.code, one.status, since, one.legal_basis)
    output.print(table)


@app.command()
def show(code: Code) -> None:
    """Print a policy with its document, as JSON."""

    async def work(sessions: Sessions) -> PolicyDetail:
        async with sessions() as session:
            return await service.get_policy(session, code)

    typer.echo(rules.run(work).model_dump_json(indent=2))


@app.command()
def add(file: Annotated[Path, typer.Argument(help="A JSON document.")], as_json: AsJson = False) -> None:
    """Store a policy as a draft, or fill in an empty slot; every mistake is named by its field."""
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    try:
        body = PolicyDocument.model_validate(json.loads(file.read_bytes()))
    except ValidationError as error:
        said = [f"/{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise CannotRun("\n  ".join(["The policy cannot be used.", *said])) from None
    except ValueError as error:
        raise CannotRun(f"{file} is not JSON: {error}.") from None

    async def work(sessions: Sessions) -> PolicyDetail:
        async with sessions.begin() as session:
            return await service.draft(session, body, rules.operator())

    _show(rules.run(work), as_json=as_json)


@app.command()
def activate(
    code: Code,
    effective_from: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Tomorrow or later.")],
    as_json: AsJson = False,
) -> None:
    """Put a draft in force for the reports of a day and later."""
    body = PolicyActivation(effective_from=effective_from.date())

    async def work(sessions: Sessions) -> PolicyDetail:
        async with sessions.begin() as session:
            return await service.activate_policy(session, code, body, rules.operator(), now=utc_now())

    _show(rules.run(work), as_json=as_json)


def _show(made: PolicyDetail, *, as_json: bool) -> None:
    if as_json:
        typer.echo(made.model_dump_json())
        return
    since = f" from {made.effective_from}" if made.effective_from and made.status is PolicyStatus.ACTIVE else ""
    output.print(f"The policy {made.code} is {made.status}{since}.", highlight=False)


@app.command()
def migrate(
    code: Code, report: Reports = None, under: Under = None, agency: Agency = None, since: Since = None,
    yes: Yes = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Preview what would move, and put reports with open clocks under an active policy."""
    chosen = {"policy": under, "agency": agency, "received_from": since and f"{since:%Y-%m-%d}T00:00:00Z"}
    filters = {name: value for name, value in chosen.items() if value is not None}
    body = rules.checked(MigrationRequest, reports=report or None, filter=filters or None)

    async def look(sessions: Sessions) -> MigrationPreview:
        with errors.status("Computing"):
            async with sessions() as session:
                return await service.preview_migration(
                    session, code, body, rules.operator(), References(), now=utc_now(), limit=10
                )

    found = rules.run(look)
    if not as_json:
        show_preview(found)
    if not yes and not as_json:
        typer.confirm(in_words(f"Put {found.reports_examined} reports under {code}?"), abort=True)

    async def work(sessions: Sessions) -> RecomputationView:
        async with sessions.begin() as session:
            asked = await service.migrate(session, code, body, rules.operator(), References())
        return await rules.finished(sessions, asked.id)

    show_recomputation(rules.run(work), as_json=as_json)


def limit(
    agency: Annotated[str, typer.Argument(help="The agency's code.")],
    stage: Annotated[str, typer.Argument(help="Such as first_response.")],
    days: Annotated[int, typer.Argument(min=0, help="In the unit of the policy; 0 withdraws the limit.")],
    legal_basis: Annotated[str | None, typer.Option(help="What the agency has decided it by.")] = None,
    as_json: AsJson = False,
) -> None:
    """Set an agency's own limit for a stage, stricter than the policy's, and compute its open clocks anew."""

    async def work(sessions: Sessions) -> RecomputationView | None:
        async with sessions.begin() as session:
            changed = await change(session)
        return await rules.finished(sessions, changed.recomputation.id) if changed.recomputation else None

    async def change(session: AsyncSession) -> LimitChanged:
        client = rules.operator()
        if days == 0:
            return await limits.withdraw(session, agency, stage, client)
        body = rules.checked(LimitBody, days=days, legal_basis=legal_basis)
        return await limits.put(session, agency, stage, body, client, References(), now=utc_now())

    done = rules.run(work)
    if done is None:
        output.print("Nothing has changed.")
    else:
        show_recomputation(done, as_json=as_json)


def list_recomputations(as_json: AsJson = False) -> None:
    """Show how far the monitors are with what changes of the rules have moved, the newest first."""

    async def work(sessions: Sessions) -> list[RecomputationView]:
        async with sessions() as session:
            return (await recomputations.page_of_recomputations(session, PageParams(limit=50))).items

    found = rules.run(work)
    if as_json:
        typer.echo("[" + ",".join(one.model_dump_json() for one in found) + "]")
        return
    table = Table("id", "because of", "state", "done", "of", "moved", "requested by")
    for one in found:
        total = "-" if one.total is None else str(one.total)
        because = f"{one.kind.value} {one.reference}"
        table.add_row(str(one.id), because, one.state, str(one.done), total, str(one.moved), one.requested_by)
    output.print(table)
