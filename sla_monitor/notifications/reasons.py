"""Why a deadline is what it is, in a sentence or two of a mail. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shared.officers import Language
from sla_monitor.calendars import Calendar
from sla_monitor.deadlines import Clock
from sla_monitor.explanations import UncountedDay, explain
from sla_monitor.policy import Policy, Unit

_MONTHS: Mapping[Language, Sequence[str]] = MappingProxyType(
    {
        Language.ID: (
            "Januari", "Februari", "Maret", "April", "Mei", "Juni",
            "Juli", "Agustus", "September", "Oktober", "November", "Desember",
        ),
        Language.EN: (
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
    }
)  # fmt: skip
_UNITS: Mapping[Unit, tuple[str, str]] = MappingProxyType(
    {
        Unit.WORKING_DAYS: ("hari kerja", "working days"),
        Unit.CALENDAR_DAYS: ("hari kalender", "calendar days"),
    }
)
_REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "weekend": ("akhir pekan", "weekend"),
        "holiday": ("hari libur nasional", "public holiday"),
        "cuti_bersama": ("cuti bersama", "collective leave (cuti bersama)"),
        "regional": ("hari libur daerah", "regional day off"),
        "paused": ("ditunda, menunggu pelapor", "on hold, waiting for the reporter"),
    }
)


def in_language(pair: tuple[str, str], language: Language) -> str:
    return pair[0] if language is Language.ID else pair[1]


def day(on: date, language: Language) -> str:
    return f"{on.day} {_MONTHS[language][on.month - 1]} {on.year}"


def why(clock: Clock, policy: Policy, calendar: Calendar, language: Language) -> str:
    """From when on how many days counted, by which rule, and what did not count."""
    started = day(clock.started_at.astimezone(ZoneInfo(clock.time_zone)).date(), language)
    unit = in_language(_UNITS[clock.unit], language)
    counted = in_language(("Dihitung sejak {}: {} {} ({}).", "Counted from {}: {} {} ({})."), language)
    sentences = [counted.format(started, clock.days, unit, clock.legal_basis)]
    if clock.due_on is not None and (days := explain(clock, policy, calendar)):
        left_out = in_language(("Tidak dihitung: {}.", "Not counted: {}."), language)
        sentences.append(left_out.format(_summary(days, language)))
    return " ".join(sentences)


def _summary(days: Sequence[UncountedDay], language: Language) -> str:
    """How many days for which reason, and the names of the days off."""
    parts = []
    for reason, count in Counter(one.reason for one in days).items():
        names = dict.fromkeys(
            in_language((one.name.id, one.name.en), language) for one in days if one.reason == reason and one.name
        )
        label = in_language(_REASONS.get(reason, (reason, reason)), language)
        unit = in_language(("hari", "day" if count == 1 else "days"), language)
        parts.append(f"{count} {unit} {label}" + (f" ({'; '.join(names)})" if names else ""))
    return ", ".join(parts)
