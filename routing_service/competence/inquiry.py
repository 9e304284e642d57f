"""What is known of a report when it is asked where it should go. Pure."""

from dataclasses import dataclass
from datetime import date

from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A report, or a text that is none yet."""

    title: str
    body: str
    received_on: date  #: decides which agencies and categories were in force
    classification: Classification | None = None
    channel: Channel | None = None
    category: str | None = None
    subject: str | None = None  #: that somebody picked
    target_agency: str | None = None  #: the one that the reporter means it for
    region: str | None = None  #: the code that was given with it
    location_text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    within: str | None = None  #: the instansi whose coordinator holds it; None: the national admin does
    returned_by: frozenset[str] = frozenset()  #: who said that it is not theirs
    suggested: tuple[str, ...] = ()  #: whom they named instead, the latest first
    returns: int = 0  #: how often it was returned
    must_decide: str | None = None  #: returned so often that this level may not pass it on without deciding
