from uuid import UUID

from pydantic import ConfigDict, Field

from routing_service.work.desk.schemas import Act
from shared.domain.officers import OfficerRole
from shared.http.wire import Answer, LongText


class Note(Act):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"body": "Pelapor sudah ditelepon; ia menunggu di lokasi."}]}
    )

    body: LongText
    mentions: list[UUID] = Field(
        [],
        max_length=20,
        description="The ids of officers who are told of the note, out of `GET /v1/reports/{id}/colleagues`.",
    )


class Colleague(Answer):
    """An officer whom a note on this report may mention."""

    id: UUID = Field(description="The id to put into `mentions` of a note.")
    name: str
    role: OfficerRole
    agency: str | None = Field(description="Null: national.")


class Colleagues(Answer):
    items: list[Colleague]
