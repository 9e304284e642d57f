"""`lapor operator`: the first one, whom no other operator can invite."""

from typing import Annotated

import typer

from routing_service.access.accounts import service
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.service import Invited, PersonDraft
from services.cli import rules
from services.cli.accounts import hand_over, show
from services.cli.sla_calendar import AsJson
from shared.clients import Role
from shared.database import Sessions
from shared.domain.accounts import InvitationKind
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
    """Register an operator, and mail or show the link with which they take up their account. It works once."""

    async def work(sessions: Sessions) -> Known | Invited:
        async with sessions.begin() as session:
            draft = PersonDraft(name, email, Role.OPERATOR, language=language)
            account = await service.create_person(session, draft)
            return await hand_over(session, await service.to_invite(session, account.id), InvitationKind.INVITE)

    show(rules.run(work), as_json=as_json)
