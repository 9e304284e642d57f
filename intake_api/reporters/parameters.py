"""How a request says who its reporter is."""

from typing import Annotated

from fastapi import Depends, Header, Request

from intake_api.reporters.access import Credentials
from intake_api.reporters.case import Asking
from intake_api.submissions.schemas import ReporterReference
from shared.clients import Client
from shared.http.auth import OptionalClient
from shared.http.web import Now
from shared.settings import IntakeSettings


async def _credentials(
    request: Request,
    client: OptionalClient,
    access_code: Annotated[
        str | None,
        Header(alias="X-Access-Code", min_length=1, max_length=64, description="From the receipt of the report."),
    ] = None,
    reference: Annotated[
        ReporterReference | None,
        Header(alias="X-Reporter-Reference", description="The account, with the token of the app that submitted it."),
    ] = None,
) -> Credentials:
    return Credentials(client, access_code, reference, request.app.state.keys)


def credentials_of_account(request: Request, client: Client, reference: str) -> Credentials:
    return Credentials(client, None, reference, request.app.state.keys)


AsReporter = Annotated[Credentials, Depends(_credentials)]


async def _asking(request: Request, reporter: AsReporter, now: Now) -> Asking:
    settings: IntakeSettings = request.app.state.settings
    return Asking(reporter, now, settings.replies_a_day)


AskedBy = Annotated[Asking, Depends(_asking)]
