from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from shared.http.wire import Answer, Instant, PageParams, StoredText

Word = Annotated[StoredText, StringConstraints(min_length=1, max_length=200)]


class RegistryChange(Answer):
    seq: int = Field(description="Its place in the log, which is one chain.")
    subject: str = Field(description="What kind of thing it is, as `officers` or `accounts`.")
    key: str = Field(description="Which of them.")
    actor: str = Field(
        description="Who did it: role and subject, or the account of the database of whoever did it by hand."
    )
    recorded_at: datetime
    before: dict[str, Any] | None = Field(description="What stood there; null: nothing did. Of people: digests.")
    after: dict[str, Any] | None = Field(description="What stands there since; null: it was taken away.")


class RegistryChangeParams(PageParams):
    subject: Word | None = Field(None, description="Only of this kind, as `officers`.")
    entry: Word | None = Field(None, description="Only of this one, by its key.")
    actor: Word | None = Field(None, description="Only by them.")
    since: Instant | None = Field(None, description="Only at this instant or later.")
