"""How units and reasons are called in Indonesian and English. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.domain.clocks import OnDue
from shared.domain.officers import Recipient
from shared.domain.wording import Language, Wording, say
from sla_monitor.calendars import UncountedReason
from sla_monitor.policy import Mark, Unit

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


def days(count: int, language: Language) -> str:
    return f"{count} {say(('hari', 'day' if count == 1 else 'days'), language)}"


def unit(kind: Unit, count: int, language: Language) -> str:
    words = say(UNITS[kind], language)
    return f"{count} {words.removesuffix('s') if language is Language.EN and count == 1 else words}"


def enumerated(parts: list[str], language: Language) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {say(('dan', 'and'), language)} {parts[-1]}"
