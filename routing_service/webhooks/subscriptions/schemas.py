"""A webhook as its owner writes and reads it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from shared.domain.webhooks import WebhookAbout, WebhookState
from shared.http.wire import Answer, Code, PageParams, Schema, Seen, Storable
from shared.log.events import EventType

MOST_OVERLAP_HOURS = 7 * 24

WebhookName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Storable, Seen]
WebhookUrl = Annotated[
    str, StringConstraints(min_length=10, max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f#]+$"), Storable
]


def _each_once(types: list[EventType]) -> list[EventType]:
    return sorted(set(types))


EventTypeList = Annotated[list[EventType], Field(min_length=1, max_length=len(EventType)), AfterValidator(_each_once)]

_URL = "Where messages are posted to: `https`, at a host with a public address, without a user name or a fragment."
_NAME = "What you call it."
_TYPES = "Only events of these types; null: of all."
_AGENCY = "Only what concerns this agency or one below it; null: all that you work on. Not with `brought`."
_EXAMPLE: JsonDict = {
    "name": "Sistem tiket DPUPR", "url": "https://tiket.samarinda.example/lapor", "types": ["report.assigned"],
}  # fmt: skip


class WebhookCreate(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: WebhookName = Field(description=_NAME)
    url: WebhookUrl = Field(description=_URL)
    about: WebhookAbout | None = Field(
        None,
        description="`agency`: the reports that your agency works on. `brought`: those that you handed in. Null: the "
        "first of these that your token allows.",
    )
    types: EventTypeList | None = Field(None, description=_TYPES)
    agency: Code | None = Field(None, description=_AGENCY)


class WebhookPatch(Schema):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "active"}]})

    # By factories: a default in the document would be sent by generated clients for what was left out.
    name: WebhookName = Field(default_factory=str, description=_NAME)
    url: WebhookUrl = Field(default_factory=str, description=_URL)
    types: EventTypeList | None = Field(None, description=_TYPES)
    agency: Code | None = Field(None, description=_AGENCY)
    state: WebhookState = Field(
        default_factory=lambda: WebhookState.ACTIVE,
        description="`paused`: nothing is sent, and what happens meanwhile is not kept for it. `active`: again, also "
        "after it was disabled; ask for a replay of what you missed.",
    )

    @model_validator(mode="after")
    def _is_the_owners(self) -> Self:
        if "state" in self.model_fields_set and self.state is WebhookState.DISABLED:
            raise ValueError("write `paused` to stop it")
        return self


class WebhookSecretView(Answer):
    created_at: datetime
    expires_at: datetime | None = Field(description="Until when messages are signed with it, too; null: no end is set.")


class WebhookView(Answer):
    """A subscription. What it tells is decided anew with each message: it never tells more than your token may see."""

    id: UUID = Field(description="Of the webhook.")
    name: str = Field(description=_NAME)
    url: str = Field(description="Where messages are posted to.")
    about: WebhookAbout = Field(
        description="`agency`: reports that your agency works on. `brought`: that you handed in."
    )
    types: list[str] | None = Field(description=_TYPES)
    agency: str | None = Field(description="Only what concerns this agency or one below it; null: all in your reach.")
    state: WebhookState = Field(description="`disabled`: by us; set it to `active` once the receiver works again.")
    disabled_at: datetime | None = Field(description="When it was disabled; null: it is not.")
    disabled_because: str | None = Field(
        description="`gone`: the receiver answered 410. `failing`: it took nothing for five days. Null: it is not."
    )
    failing_since: datetime | None = Field(description="Since when every attempt has failed; null: the last did not.")
    succeeded_at: datetime | None = Field(
        description="When the receiver last took something, to about a minute; null: never."
    )
    failed_at: datetime | None = Field(description="When an attempt last failed; null: never.")
    secrets: list[WebhookSecretView] = Field(description="What messages are signed with now, the newest first.")
    created_at: datetime
    changed_at: datetime


class NewWebhook(WebhookView):
    secret: str = Field(description="Verifies the signatures. It is shown in this answer alone.")


class WebhookSecretCreate(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})

    overlap_hours: Annotated[int, Field(ge=0, le=MOST_OVERLAP_HOURS)] = Field(
        24, description="For how long messages are signed with the earlier secrets as well; 0: they end at once."
    )


class NewWebhookSecret(WebhookSecretView):
    secret: str = Field(description="Verifies the signatures. It is shown in this answer alone.")


class WebhookParams(PageParams):
    state: WebhookState | None = Field(None, description="Only webhooks in this state.")
