"""What routing_service asks of intake_api when somebody may see who reported. In no public document."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from shared.http.wire import Answer, Schema

PATH = "/internal/identity"


class IdentityAsked(Schema):
    """`actor`: for whom; role and name, as in the events."""

    report_id: UUID
    actor: Annotated[str, StringConstraints(max_length=250)]
    agency: Annotated[str | None, StringConstraints(max_length=64)] = None


class IdentityTold(Answer):
    """Null: the reporter did not say, or, of the NIK, it is shown to the custodian alone."""

    name: str | None
    phone: str | None
    email: str | None
    national_id: str | None
