"""`lapor operator`: the first one, whom no other operator can invite."""

from typing import Annotated

import typer

from routing_service.access.accounts import service
from routing_service.access.accounts.service import Invited, PersonDraft
from services.cli import rules
from services.cli.accounts import show_link
from services.cli.sla_calendar import AsJson
from shared.clients import Role
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.wording import Language

app = typer.Typer(help="Operators: who registers everybody else.", no_args_is_help=True)


@app.callback()
def operator() -> None:
    """Operators: who registers everybody else."""


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Their name.")],
    email: Annotated[str, typer.Option(help="The address that they log in with.")],
    language: Annotated[Language, typer.Option(help="Of their mails: en or id.")] = Language.ID,
    as_json: AsJson = False,
) -> None:
    """Register an operator, and show the link with which they take up their account. It works once."""

    async def work(sessions: Sessions) -> Invited:
        async with sessions.begin() as session:
            draft = PersonDraft(name, email, Role.OPERATOR, language=language)
            account = await service.create_person(session, draft)
            return await service.invite(session, account.id, by=rules.operator().actor, now=utc_now())

    show_link(rules.run(work), as_json=as_json)
