from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.http.wire import Answer, Schema

MOST_AT_ONCE = 20


class UploadReceipt(Answer):
    """A file that has arrived, or with tus one that begins to."""

    id: UUID = Field(description="Of the upload: name it in POST /v1/reports/{tracking_number}/evidence.")
    media_type: str | None = Field(description="What the file is, by its content; null: it is not whole yet.")
    size: int = Field(description="How many bytes the file has.")
    sha256: str | None = Field(description="The SHA-256 of it, in hexadecimal; null: it is not whole yet.")
    expires_at: datetime = Field(description="Until when the rest may come, or a report may name it.")


class UploadView(Answer):
    """A file on its way in, or one that has arrived."""

    id: UUID = Field(description="Of the upload: name it in POST /v1/reports/{tracking_number}/evidence.")
    length: int = Field(description="How many bytes the file has.")
    received: int = Field(description="How many bytes have been stored: the others are still to be sent.")
    media_type: str | None = Field(description="What the file is, by its content; null: it is not whole yet.")
    sha256: str | None = Field(description="The SHA-256 of it, in hexadecimal; null: it is not whole yet.")
    evidence: UUID | None = Field(description="The id of the evidence that it has become.")
    expires_at: datetime = Field(description="Until when the rest may come, or a report may name it.")


class EvidenceAddition(Schema):
    """Files that have arrived, to be added to a report."""

    uploads: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)] = Field(
        description="The ids of the uploads: the end of the `Location` that their creation answered."
    )
