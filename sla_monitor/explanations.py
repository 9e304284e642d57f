"""Why a deadline is what it is: every day that did not count, and all of it in a few sentences.

Pure; made on request, so that clocks stay cheap.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from shared.domain import dates
from shared.domain.clocks import ClockOutcome, ClockState, StepKind
from shared.domain.lifecycle import Status, status_label
from shared.domain.newer import code
from shared.domain.wording import Language, say
from sla_monitor import wording
from sla_monitor.calendars import Calendar, Name, UncountedReason
from sla_monitor.clock import Clock
from sla_monitor.day_rules import LadderStep, Pause, closing_day, gap, local_ordinal
from sla_monitor.policy import Policy, Unit


class UncountedDay(NamedTuple):
    on: date
    reason: UncountedReason
    name: Name | None  # of the day off
    pause: Pause | None


def explain(clock: Clock, policy: Policy, calendar: Calendar, *, until: date | None = None) -> list[UncountedDay]:
    """Every day between the start and the last counted day that did not count, and why.

    While the due day is unknown, the days up to `until`, or to the beginning of the open-ended pause.
    """
    first = local_ordinal(clock.started_at, clock.time_zone) + 1
    known = clock.due_on or until
    last = closing_day(clock.pauses[-1].began_at, clock.time_zone) if known is None else known.toordinal()
    found = []
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        off = None
        if clock.unit is Unit.WORKING_DAYS:
            off = calendar.uncounted(day, place=clock.place, cuti_bersama_off=policy.cuti_bersama_off)
        if off is not None:
            found.append(UncountedDay(day, off.reason, off.name, None))
        elif (pause := _pause_on(ordinal, clock.pauses, clock.time_zone)) is not None:
            found.append(UncountedDay(day, UncountedReason.PAUSED, None, pause))
    return found


def _pause_on(ordinal: int, pauses: Sequence[Pause], zone: str) -> Pause | None:
    for pause in pauses:
        away = gap(pause, zone)
        end = ordinal + 1 if away is None else away.end
        if closing_day(pause.began_at, zone) <= ordinal < end:
            return pause
    return None


def text(clock: Clock, policy: Policy, calendar: Calendar, *, language: Language, now: datetime) -> str:
    """One clock in plain language: since when, how long and by which rule, until when, what did not count, how it
    stands at `now`."""
    sentences = [
        _limit(clock, policy, language),
        _until(clock, language),
        *_left_out(clock, policy, calendar, language),
    ]
    reached = clock.due_on or date.fromordinal(local_ordinal(now, clock.time_zone))
    if clock.unit is Unit.WORKING_DAYS and not calendar.is_complete(reached):
        words = _ESTIMATED if reached.year in calendar.complete_years else _INCOMPLETE
        sentences.append(say(words, language).format(reached.year))
    return " ".join([*sentences, _standing(clock, language, now)])


_LIMIT = (
    "{stage}: {limit} sejak {start} ({law}; {mark}).",
    "{stage}: {limit} from {start} ({law}; {mark}).",
)
_LOCAL = ("{} menurut instansi itu sendiri, lebih ketat dari {}", "{} set by the agency itself, stricter than {}")
_ESTIMATED = (
    "Beberapa hari raya tahun {} baru perkiraan, sehingga tenggat ini masih dapat berubah.",
    "Some feasts of {} are only estimated, so that this deadline may still move.",
)
_INCOMPLETE = (
    "Cuti bersama tahun {} belum dimuat, sehingga tenggat ini masih dapat berubah.",
    "The cuti bersama of {} are not loaded yet, so that this deadline may still move.",
)


def _limit(clock: Clock, policy: Policy, language: Language) -> str:
    stage = policy.stages[clock.stage]
    limit = wording.unit(clock.unit, clock.days, language)
    if clock.days < clock.limit.days:
        limit = say(_LOCAL, language).format(limit, clock.limit.days)
    return say(_LIMIT, language).format(
        stage=say(stage.label, language),
        limit=limit,
        start=dates.instant(clock.started_at, clock.time_zone, language),
        law=say(clock.legal_basis, language),
        mark=say(wording.MARKS[clock.limit.mark], language),
    )


def _until(clock: Clock, language: Language) -> str:
    if clock.due_at is not None:
        due = dates.instant(clock.due_at, clock.time_zone, language)
        return say(
            ("Hari itu sendiri tidak dihitung; tenggatnya {}.", "That day is day 0; it is due at {}."), language
        ).format(due)
    since = dates.instant(clock.pauses[-1].began_at, clock.time_zone, language)
    words = ("Berhenti sementara sejak {} ({}); tenggat ditetapkan setelah dilanjutkan.",
             "Paused since {} ({}); it gets its due instant when the pause ends.")  # fmt: skip
    return say(words, language).format(since, _status(clock.pauses[-1].reason, language))


def _status(status: str, language: Language) -> str:
    """A status may be one that an older policy named."""
    return say(status_label(code(Status, status)), language)


def _left_out(clock: Clock, policy: Policy, calendar: Calendar, language: Language) -> list[str]:
    if clock.due_on is None:
        return []
    found = explain(clock, policy, calendar)
    if not found:
        return []
    parts = [
        f"{say(wording.REASONS[reason], language)} {len(group)}{_names(group, language)}"
        for reason, group in _by_reason(found).items()
    ]
    words = ("{} tidak dihitung: {}.", "{} did not count: {}.")
    return [say(words, language).format(wording.days(len(found), language), ", ".join(parts))]


def _by_reason(found: Sequence[UncountedDay]) -> dict[UncountedReason, list[UncountedDay]]:
    groups: dict[UncountedReason, list[UncountedDay]] = {}
    for one in found:
        groups.setdefault(one.reason, []).append(one)
    return groups


def _names(group: Sequence[UncountedDay], language: Language) -> str:
    names: dict[str, None] = {}
    for one in group:
        if one.name is not None:
            names[say(one.name, language)] = None
        elif one.pause is not None:
            names[_status(one.pause.reason, language)] = None
    return f" ({'; '.join(names)})" if names else ""


_STANDING = {
    "met": ("Selesai {at}, tepat waktu.", "Stopped at {at}, in time."),
    "late": ("Selesai {at}, terlambat.", "Stopped at {at}, late."),
    "cancelled": ("Dibatalkan {at} sebelum tenggat.", "Cancelled at {at}, before it was due."),
    "cancelled_late": ("Dibatalkan {at} setelah tenggat terlampaui.", "Cancelled at {at}, after it was due."),
    "overdue": ("Tenggat telah terlampaui: {done}.", "It is overdue: {done}."),
    "running": ("Tenggat belum terlampaui; setelahnya {done}.", "It is not due yet; then {done}."),
    "paused": ("Belum dapat terlambat selama jeda.", "It cannot become late while it is paused."),
}  # fmt: skip


def _standing(clock: Clock, language: Language, now: datetime) -> str:
    at = "" if clock.stopped_at is None else dates.instant(clock.stopped_at, clock.time_zone, language)
    done = say(wording.CONSEQUENCES[clock.on_due], language)
    return say(_STANDING[_situation(clock, now)], language).format(at=at, done=done)


def _situation(clock: Clock, now: datetime) -> str:
    late = clock.outcome is ClockOutcome.LATE
    if clock.state is ClockState.CANCELLED:
        return "cancelled_late" if late else "cancelled"
    if clock.state is ClockState.STOPPED:
        return "late" if late else "met"
    if clock.due_at is None:
        return "paused"
    return "overdue" if clock.due_at <= now else "running"


def step_text(step: LadderStep, clock: Clock, *, language: Language) -> str:
    """One rung of the ladder: what it is, when, relative to what, and to whom."""
    kind = say(_KINDS[step.kind], language).format(level=step.level)
    at = dates.instant(step.at, clock.time_zone, language)
    names = [say(wording.RECIPIENTS.get(role, (role, role)), language) for role in step.recipients]
    words = ("{} pada {} ({}), kepada {}.", "{} at {} ({}), to {}.")
    nobody = ("{} pada {} ({}).", "{} at {} ({}).")
    when = _relative(step.offset, language)
    return say(words if names else nobody, language).format(kind, at, when, wording.enumerated(names, language))


_KINDS = {
    StepKind.REMINDER: ("Pengingat", "Reminder"),
    StepKind.BREACH: ("Tenggat terlampaui, tingkat {level}", "Breach, level {level}"),
    StepKind.ESCALATION: ("Eskalasi tingkat {level}", "Escalation to level {level}"),
    StepKind.ELAPSE: ("Waktu tunggu habis", "The waiting time is over"),
}


def _relative(offset: int, language: Language) -> str:
    if offset == 0:
        return say(("saat tenggat", "when it is due"), language)
    count = wording.unit(Unit.WORKING_DAYS, abs(offset), language)
    words = (
        ("{} sebelum tenggat", "{} before it is due") if offset < 0 else ("{} setelah tenggat", "{} after it was due")
    )
    return say(words, language).format(count)
