"""Parts of what reporters see that several views show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from intake_api.labels import EVENTS, PUT_RIGHT, STAGES
from intake_api.timeline.schemas import AgencyName, Deadline
from shared.domain.codes import ARCHIVE_REASONS
from shared.domain.wording import Language, say
from shared.log.events import Event, EventType
from shared.queries.agency_names import Names
from shared.schema import Clock


def acting(data: Mapping[str, Any]) -> str | None:
    """The agency that an event speaks of: the one assigned, else the instansi that holds it."""
    code: str | None = data.get("agency") or data.get("holder", {}).get("agency")
    return code


def event_label(event: Event, language: Language) -> str:
    return say(PUT_RIGHT if event.data.get("corrects") else EVENTS[event.type], language)


def archived_because(event: Event, language: Language) -> str | None:
    """The reason of an archiving as people say it."""
    labels = ARCHIVE_REASONS.get(event.data.get("reason", ""))
    return say(labels, language) if event.type is EventType.REPORT_ARCHIVED and labels else None


def agency_of(code: str | None, at: datetime, names: Names) -> AgencyName | None:
    """Under the name that it had then."""
    name = names.at(code, at)
    return AgencyName(code=code, name=name) if code and name else None


def deadline_of(clock: Clock, language: Language, now: datetime) -> Deadline:
    late = clock.outcome == "pending" and clock.due_at is not None and clock.due_at <= now
    return Deadline(
        stage=clock.stage,
        label=say(STAGES.get(clock.stage, (clock.stage, clock.stage)), language),
        round=clock.round,
        due_at=clock.due_at,
        due_on=clock.due_on,
        state=clock.state,
        outcome="late" if late else clock.outcome,
    )
