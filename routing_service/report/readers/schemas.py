from datetime import datetime

from pydantic import Field

from shared.http.wire import Answer


class ReaderView(Answer):
    """One read of a report."""

    read_at: datetime = Field(description="When it was read.")
    subject: str = Field(description="The account of who read it.")
    role: str = Field(description="In which role.")
    agency: str | None = Field(description="For which agency; null: for none.")
    operation: str = Field(description="What was read: the service, the method and the path of the operation.")
