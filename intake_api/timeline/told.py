"""When a reporter was told of what happened, as they are shown it."""

from collections.abc import Iterable

from intake_api.timeline.schemas import ToldEntry
from shared.domain import dates
from shared.domain.news import NEWS_CHANNELS, UNTOLD, NewsState, Untold
from shared.domain.regions import time_zone_of
from shared.domain.wording import Language, Wording, say
from shared.queries.told import Told

#: What was sent and did not arrive; why else nothing was sent, their choice of channels says.
_DID_NOT_ARRIVE = frozenset({Untold.REFUSED, Untold.BOUNCED})
_TOLD: Wording = ("Anda diberi tahu lewat {by} pada {at}.", "You were told by {by} on {at}.")
_NOT_TOLD: Wording = (
    "Anda tidak dapat diberi tahu lewat {by} pada {at}: {why}.",
    "You could not be told by {by} on {at}: {why}.",
)


def told_entries(told: Iterable[Told], *, region: str | None, language: Language) -> list[ToldEntry]:
    """What arrived, and what was sent and did not."""
    zone = time_zone_of(region)
    return [entry for one in told if (entry := _entry(one, zone, language)) is not None]


def _entry(told: Told, zone: str, language: Language) -> ToldEntry | None:
    if told.at is None or told.channel is None or not (told.state is NewsState.TOLD or told.reason in _DID_NOT_ARRIVE):
        return None
    words = {"by": say(NEWS_CHANNELS.get(told.channel, (told.channel, told.channel)), language)}
    words["at"] = dates.instant(told.at.replace(second=0, microsecond=0), zone, language)
    text = say(_TOLD, language).format(**words)
    if told.reason is not None:
        text = say(_NOT_TOLD, language).format(**words, why=say(UNTOLD.get(told.reason, ("-", "-")), language))
    return ToldEntry(kind=told.kind, channel=told.channel, state=told.state, reason=told.reason, at=told.at, text=text)
