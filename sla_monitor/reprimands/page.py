"""A reprimand as a page that can be printed. Pure."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from shared.lifecycle import LABELS
from shared.officers import Language
from shared.wording import Words, say
from sla_monitor.reprimands.schemas import ReprimandCase, ReprimandView
from sla_monitor.templating import render
from sla_monitor.wording import day, instant

_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "title": ("Teguran", "Reprimand"),
        "period": ("Masa", "Period"),
        "compiled": ("Disusun", "Compiled"),
        "lead": (
            "Laporan berikut tidak ditanggapi hingga tenggat pengawasan pusat.",
            "The following reports were not answered until the central oversight was due.",
        ),
        "number": ("Nomor laporan", "Tracking number"),
        "agency": ("Instansi", "Agency"),
        "status": ("Status", "Status"),
        "received": ("Diterima", "Received"),
        "due": ("Tenggat", "Due"),
        "answered": ("Ditanggapi", "Answered"),
        "never": ("belum", "not yet"),
        "proof": ("Bukti", "Proof"),
        "head": ("Ujung rantai", "Head of the chain"),
        "event": ("Peristiwa", "Event"),
        "count": ("Jumlah laporan", "Number of reports"),
    }
)


def html(reprimand: ReprimandView, language: Language) -> str:
    def at(moment: datetime | None) -> str:
        return say(_WORDS["never"], language) if moment is None else instant(moment, reprimand.time_zone, language)

    context = {
        "language": language.value,
        "words": {name: say(words, language) for name, words in _WORDS.items()},
        "region": reprimand.agency.name,
        "period": f"{day(reprimand.first_day, language)} - {day(reprimand.last_day, language)}",
        "compiled_at": at(reprimand.compiled_at),
        "id": reprimand.id,
        "cases": [
            {
                "number": case.tracking_number,
                "agency": case.agency,
                "status": say(LABELS[case.status], language),
                "received": at(case.received_at),
                "due": at(case.due_at),
                "answered": at(case.answered_at),
                "proof": _proof(case),
            }
            for case in reprimand.cases
        ],
    }
    return render("pages/reprimand.html", context)


def _proof(case: ReprimandCase) -> Mapping[str, object]:
    return {"head": case.proof.head, "events": case.proof.events}
