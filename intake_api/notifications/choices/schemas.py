from enum import StrEnum, auto

from pydantic import Field

from intake_api.notifications.texts.schemas import NewsLanguage
from intake_api.timeline.schemas import ToldEntry
from shared.domain.news import NewsChannel, Untold
from shared.http.wire import Answer, Schema

SHOWN = 50


class WantedChannel(StrEnum):
    """By what a reporter wants to be told."""

    EMAIL = auto()
    SMS = auto()
    WHATSAPP = auto()
    WEBHOOK = auto()  #: the app tells them
    NONE = auto()  #: they want no news


class NewsWish(Schema):
    """How a reporter wants to be told of what happens to a report."""

    channel: WantedChannel | None = Field(
        None,
        description="`webhook`: by the app. `none`: not at all. Null: by the app that submitted the report if it tells "
        "its users, else by mail, else as the report came.",
    )
    language: NewsLanguage | None = Field(None, description="One of `languages`; null: Indonesian.")


class NewsWay(Answer):
    """How the reporter of a report is told of what happens to it. No address is in it."""

    channel: WantedChannel | None = Field(description="What they chose; null: nothing.")
    language: str = Field(description="In which language.")
    languages: list[str] = Field(description="Those that there are texts in.")
    told_by: NewsChannel | None = Field(description="By what they are told now; null: they are not.")
    untold_because: Untold | None = Field(description="Why they are not told now; null: they are.")
    text: str = Field(description="The same in a sentence.")
    told: list[ToldEntry] = Field(description=f"What they were told last, the newest {SHOWN} first.")
