"""Parts of what reporters see that several views show."""

from datetime import datetime

from intake_api.labels import EVENTS, OF_A_NEWER_RELEASE, PUT_RIGHT, STAGES
from intake_api.timeline.schemas import AgencyName, Deadline
from shared.domain.clocks import ClockOutcome, ClockState
from shared.domain.codes import ARCHIVE_REASONS
from shared.domain.evidence import REFUSALS, Refusal
from shared.domain.newer import code
from shared.domain.wording import Language, Wording, say
from shared.log.events import Event
from shared.log.payloads.intake import EvidenceRefused
from shared.log.payloads.routing import ReportArchived, ReportResponded
from shared.queries.agency_names import Names
from shared.schema import Clock


def acting(event: Event) -> str | None:
    """The agency that an event speaks of: the one assigned, else the instansi that holds it."""
    return None if event.placed is None else event.placed.agency or event.placed.holder.agency


def event_label(event: Event, language: Language) -> str:
    responded = event.carries(ReportResponded)
    puts_right = responded is not None and responded.corrects is not None
    return say(PUT_RIGHT if puts_right else EVENTS.get(event.type, OF_A_NEWER_RELEASE), language)


def because(event: Event, language: Language) -> str | None:
    """Why the report was archived, or a file refused, as people say it."""
    labels: Wording | None = None
    if (archived := event.carries(ReportArchived)) is not None:
        labels = ARCHIVE_REASONS.get(archived.reason)
    elif (refused := event.carries(EvidenceRefused)) is not None:
        labels = REFUSALS.get(code(Refusal, refused.reason))
    return None if labels is None else say(labels, language)


def agency_of(code: str | None, at: datetime, names: Names) -> AgencyName | None:
    """Under the name that it had then."""
    name = names.at(code, at)
    return AgencyName(code=code, name=name) if code and name else None


def deadline_of(clock: Clock, language: Language, now: datetime) -> Deadline:
    late = clock.outcome == ClockOutcome.PENDING and clock.due_at is not None and clock.due_at <= now
    return Deadline(
        stage=clock.stage,
        label=say(STAGES.get(clock.stage, (clock.stage, clock.stage)), language),
        round=clock.round,
        due_at=clock.due_at,
        due_on=clock.due_on,
        state=ClockState(clock.state),
        outcome=ClockOutcome.LATE if late else ClockOutcome(clock.outcome),
    )
