"""How days, units and reasons are called in Indonesian and English. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shared.domain.clocks import OnDue
from shared.domain.officers import Recipient
from shared.domain.wording import Language, Wording, say
from sla_monitor.calendars import UncountedReason
from sla_monitor.policy import Mark, Unit

_MONTHS: tuple[Wording, ...] = (
    ("Januari", "January"), ("Februari", "February"), ("Maret", "March"), ("April", "April"), ("Mei", "May"),
    ("Juni", "June"), ("Juli", "July"), ("Agustus", "August"), ("September", "September"), ("Oktober", "October"),
    ("November", "November"), ("Desember", "December"),
)  # fmt: skip
_ZONES: Mapping[str, str] = MappingProxyType({"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"})

UNITS: Mapping[Unit, Wording] = MappingProxyType(
    {
        Unit.WORKING_DAYS: ("hari kerja", "working days"),
        Unit.CALENDAR_DAYS: ("hari kalender", "calendar days"),
    }
)
MARKS: Mapping[Mark, Wording] = MappingProxyType(
    {
        Mark.CERTAIN: ("pasti", "certain"),
        Mark.ONE_SOURCE: ("menurut satu sumber", "by one source"),
        Mark.INFERRED: ("disimpulkan", "inferred"),
        Mark.SEEDS: ("ditetapkan pengguna", "set by those it is built for"),
    }
)
REASONS: Mapping[UncountedReason, Wording] = MappingProxyType(
    {
        UncountedReason.WEEKEND: ("akhir pekan", "weekends"),
        UncountedReason.HOLIDAY: ("libur nasional", "public holidays"),
        UncountedReason.CUTI_BERSAMA: ("cuti bersama", "collective leave"),
        UncountedReason.REGIONAL: ("libur daerah", "regional days off"),
        UncountedReason.PAUSED: ("jeda", "paused"),
    }
)
RECIPIENTS: Mapping[str, Wording] = MappingProxyType(
    {
        Recipient.LIAISON_OFFICERS: ("pejabat penghubung", "the liaison officers"),
        Recipient.AGENCY_HEAD: ("pimpinan instansi", "the head of the agency"),
        Recipient.COORDINATOR: ("admin koordinator", "the coordinator"),
        Recipient.REGIONAL_SECRETARY: ("sekretaris daerah", "the regional secretary"),
        Recipient.INSPECTORATE: ("inspektorat", "the inspectorate"),
        Recipient.NATIONAL_ADMIN: ("admin pusat", "the national administrator"),
        Recipient.SUPERVISORS: ("pengawas", "the supervisors"),
        Recipient.REGIONAL_HEAD: ("kepala daerah", "the regional head"),
        Recipient.REPORTER: ("pelapor", "the reporter"),
    }
)
CONSEQUENCES: Mapping[OnDue, Wording] = MappingProxyType(
    {
        OnDue.ESCALATE: ("keterlambatan dieskalasi", "the delay is escalated"),
        OnDue.RECORD: ("keterlambatan dicatat", "the delay is recorded"),
        OnDue.CLOSE: ("laporan ditutup", "the report is closed"),
        OnDue.RESUME: ("laporan dilanjutkan", "the report is resumed"),
        OnDue.ARCHIVE: ("laporan diarsipkan", "the report is archived"),
    }
)


def day(on: date, language: Language) -> str:
    return f"{on.day} {say(_MONTHS[on.month - 1], language)} {on.year}"


def instant(at: datetime, zone: str, language: Language) -> str:
    """A midnight is called by the day that it ends: 24.00."""
    local = at.astimezone(ZoneInfo(zone))
    named = _ZONES.get(zone, zone)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return f"{day(local.date() - timedelta(days=1), language)} {say(('24.00', '24:00'), language)} {named}"
    time = f"{local:%H.%M}" if language is Language.ID else f"{local:%H:%M}"
    return f"{day(local.date(), language)} {time} {named}"


def days(count: int, language: Language) -> str:
    return f"{count} {say(('hari', 'day' if count == 1 else 'days'), language)}"


def unit(kind: Unit, count: int, language: Language) -> str:
    words = say(UNITS[kind], language)
    return f"{count} {words.removesuffix('s') if language is Language.EN and count == 1 else words}"


def listed(parts: list[str], language: Language) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {say(('dan', 'and'), language)} {parts[-1]}"
