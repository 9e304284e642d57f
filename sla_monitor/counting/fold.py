"""What is counted of a report, as a pure function of its events: no I/O, no current time.

    spells(history, counting) -> list[Spell]

A spell is a time in which nothing that is counted has changed. What was counted at an instant of the past is the spell
that held then, whenever that is asked; only an event that is entered later, with an earlier instant, changes it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.actors import ROUTING
from shared.domain.clocks import ClockState, OnDue
from shared.domain.lifecycle import OPEN, Status
from shared.log.events import Event, EventType
from shared.log.payloads import Payload, Placed
from shared.log.payloads.intake import (
    EvidenceAdded,
    EvidenceQuarantined,
    EvidenceRefused,
    ReporterRated,
    ReportReceived,
)
from shared.log.payloads.placed import NEW
from shared.log.payloads.routing import (
    Classified,
    Locating,
    ReportAnswered,
    ReportArchived,
    ReportAssigned,
    ReportRedirected,
    ReportReopened,
    ReportResponded,
    ReportReturned,
    ReportVerified,
)
from sla_monitor.calendars import WorkingDays
from sla_monitor.clock import Clock
from sla_monitor.day_rules import local_ordinal
from sla_monitor.deadlines import DEFAULT_ZONE

#: Whoever is no person and disposes a report.
BY_ITSELF = f"service:{ROUTING}"
#: Clocks of these are the reporter's, and nobody's who answers.
_OF_REPORTERS = frozenset({OnDue.CLOSE, OnDue.RESUME, OnDue.ARCHIVE})
#: Another class gives another limit; a reopening and the end of a merger let clocks run on.
_CHANGING = frozenset({EventType.REPORT_CORRECTED, EventType.REPORT_REOPENED, EventType.REPORT_UNMERGED})

#: The working days of a place.
WorkingDaysOf = Callable[[str | None], WorkingDays]


@dataclass(frozen=True, slots=True)
class Spell:
    """The fields have a column of the same name; shared/schema/statistics.py says what they mean."""

    seq: int
    valid_from: datetime
    valid_until: datetime | None
    received_on: date
    received_at: datetime
    entered_late: bool
    imported: bool
    channel: str
    classification: str
    supervisory: bool
    category: str | None
    region: str | None
    agency: str | None
    held_by: str
    secret: bool
    status: str
    verified_at: datetime | None = None
    disposed_at: datetime | None = None
    responded_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    archive_reason: str | None = None
    responder: str | None = None
    speed_seconds: int | None = None
    speed_days: int | None = None
    returns: int = 0
    returner: str | None = None
    moves: int = 0
    reopened: int = 0
    score: int | None = None
    evidence: int = 0
    automatic: bool | None = None
    stood: bool | None = None


SPELL = tuple(field.name for field in fields(Spell))


class Step(NamedTuple):
    """A clock of those who answer, as far as figures count it."""

    stage: str
    opened_seq: int
    part: int
    step_agency: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    cancelled: bool
    entered_late: bool


def spells(history: Sequence[Event], working_days: WorkingDaysOf) -> list[Spell]:
    """The spells of a report in order; the last one holds until now. Empty: nothing was recorded yet.

    Raises CalendarYearMissing if working days are counted that the calendar does not cover.
    """
    if not history:
        return []
    life = _Life(history[0], working_days)
    found = [life.now]
    for event in history[1:]:
        if event.type.startswith("clock."):
            continue
        life.take(event)
        before, now = found[-1], life.now
        if now == before:
            continue
        life.now = now = replace(now, seq=event.seq, valid_from=life.at)
        if before.valid_from == life.at:
            found.pop()
        else:
            found[-1] = replace(before, valid_until=life.at)
        found.append(now)
    return found


class _Life:
    """What the events said so far. They are taken by `seq`, as everywhere; nothing holds before what led to it."""

    def __init__(self, received: Event, working_days: WorkingDaysOf) -> None:
        self.working_days = working_days
        self.at = self.received_at = received.occurred_at
        self.place = received.placed or NEW
        self.given: dict[str, tuple[datetime, Placed]] = {}  # when an agency got it first
        self.files: set[UUID] = set()
        self.places: tuple[str | None, str | None, str | None] = (None, None, None)  # set, found, given
        zone = self.place.time_zone or DEFAULT_ZONE
        said = received.carries(ReportReceived)
        assert said is not None
        self.places = (None, None, said.region)
        self.now = Spell(
            seq=received.seq, valid_from=self.at, valid_until=None,
            received_on=_day(self.at, zone), received_at=self.at,
            entered_late=_day(received.recorded_at, zone) > _day(self.at, zone), imported=said.imported,
            channel=said.channel, classification=said.classification, supervisory=False, category=said.category,
            region=said.region, agency=self.place.agency or self.place.holder.agency,
            held_by=self.place.holder.level, secret=said.secret, status=self.place.status,
        )  # fmt: skip

    def take(self, event: Event) -> None:
        self.at = max(self.at, event.occurred_at)
        payload = event.payload
        if isinstance(payload, Classified):
            self._set(classification=payload.classification, supervisory=payload.supervisory, category=payload.category)
        if isinstance(payload, Locating) and payload.located is not None:
            self.places = (payload.located.by_officer, payload.located.found, self.places[2])
            self._set(region=next((code for code in self.places if code), None))
        self._work(event, payload)
        self._say(payload)
        if event.placed is not None:
            self._placed(event.placed)

    def _work(self, event: Event, payload: Payload) -> None:
        """What those did who work on it."""
        match payload:
            case ReportVerified():
                self._first("verified_at")
                self._set(secret=payload.secret)
            case ReportAssigned() | ReportRedirected():
                self._given(event)
            case ReportReturned():
                self._returned(payload)
            case ReportResponded(corrects=None) | ReportAnswered():
                self._responded(final=isinstance(payload, ReportAnswered))
            case ReportReopened():
                self._set(reopened=self.now.reopened + 1)
            case ReportArchived():
                self._set(archive_reason=payload.reason)

    def _say(self, payload: Payload) -> None:
        """What the reporter did, and what became of it."""
        match payload:
            case ReporterRated():
                self._set(score=payload.score)
            case EvidenceAdded(by=by) if by is not None:
                self.files.add(payload.evidence)
            case EvidenceRefused() | EvidenceQuarantined():
                self.files.discard(payload.evidence)
        self._set(evidence=len(self.files))

    def _set(self, **values: object) -> None:
        self.now = replace(self.now, **values)  # type: ignore[arg-type]

    def _first(self, name: str) -> None:
        if getattr(self.now, name) is None:
            self._set(**{name: self.at})

    def _placed(self, place: Placed) -> None:
        self.place = place
        if place.status != self.now.status:
            ended = place.status not in OPEN
            self._set(status=place.status.value, ended_at=self.at if ended else None)
            if place.status != Status.ARCHIVED:
                self._set(archive_reason=None)
        self._set(agency=place.agency or place.holder.agency, held_by=place.holder.level.value)

    def _given(self, event: Event) -> None:
        place = event.placed
        if place is not None and place.agency is not None:
            self.given.setdefault(place.agency, (self.at, place))
        if self.now.disposed_at is None:
            self._set(disposed_at=self.at, automatic=event.actor == BY_ITSELF, stood=True)
        elif self.place.agency is not None and isinstance(event.payload, ReportRedirected):
            self._moved()

    def _returned(self, payload: ReportReturned) -> None:
        returner = payload.previous_agency or self.place.agency or self.place.holder.agency
        self._set(returns=self.now.returns + 1, returner=returner)
        self._moved()

    def _moved(self) -> None:
        self._set(moves=self.now.moves + 1, stood=None if self.now.stood is None else False)

    def _responded(self, *, final: bool) -> None:
        if final:
            self._first("answered_at")
        if self.now.responded_at is not None:
            return
        self._set(responded_at=self.at)
        agency = self.place.agency
        if agency is not None and agency in self.given:
            since, place = self.given[agency]
            self._set(
                responder=agency,
                speed_seconds=round((self.at - since).total_seconds()),
                speed_days=self._working_days(since, place),
            )

    def _working_days(self, since: datetime, place: Placed) -> int:
        """Counted as deadlines are: the day of the disposition is day 0."""
        zone = place.time_zone or DEFAULT_ZONE
        days = self.working_days(place.regency or place.province)
        return days.index(local_ordinal(self.at, zone) + 1) - days.index(local_ordinal(since, zone) + 1)


def _day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def steps(
    history: Sequence[Event], clocks: Iterable[Clock], clocks_of: Callable[[Sequence[Event]], Iterable[Clock]]
) -> list[Step]:
    """The clocks of those who answer. What changes a clock that was there, or takes back its end, makes another one of
    it: each part of the history up to such an event has its own clocks, which hold until then.

    `clocks`: of the whole history.
    """
    found: list[Step] = []
    since: datetime | None = None
    changes = [index for index, event in enumerate(history) if event.type in _CHANGING]
    for part, end in enumerate(changes):
        until = max(event.occurred_at for event in history[: end + 1])
        if until != since:
            found += _counted(clocks_of(history[:end]), part, since, until)
        since = until
    return [*found, *_counted(clocks, len(changes), since, None)]


def _counted(clocks: Iterable[Clock], part: int, since: datetime | None, until: datetime | None) -> list[Step]:
    return [_step(clock, part, since, until) for clock in clocks if clock.on_due not in _OF_REPORTERS]


def _step(clock: Clock, part: int, since: datetime | None, until: datetime | None) -> Step:
    return Step(
        clock.stage,
        clock.opened_seq,
        part,
        clock.agency,
        since,
        until,
        clock.started_at,
        clock.due_at,
        clock.stopped_at,
        clock.state is ClockState.CANCELLED,
        clock.due_at is not None and clock.due_at <= clock.opened_recorded_at,
    )
