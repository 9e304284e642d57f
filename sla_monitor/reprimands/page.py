"""A reprimand, or what will be one, as a page that can be printed. No I/O."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from shared.domain.dates import day, instant
from shared.domain.lifecycle import status_label
from shared.domain.wording import Language, Wording, say
from sla_monitor.reprimands.schemas import ComingCase, ReprimandCase, ReprimandPreview, ReprimandView
from sla_monitor.templating import render

_WORDS: Mapping[str, Wording] = MappingProxyType(
    {
        "title": ("Teguran", "Reprimand"),
        "preview": ("Pratinjau teguran", "Preview of the reprimand"),
        "period": ("Masa", "Period"),
        "compiled": ("Disusun", "Compiled"),
        "as_of": ("Keadaan", "As of"),
        "lead": (
            "Laporan berikut tidak ditanggapi hingga tenggat pengawasan pusat.",
            "The following reports were not answered until the central oversight was due.",
        ),
        "coming": (
            "Laporan berikut akan ikut ditegur jika tidak ditanggapi sebelum tenggatnya.",
            "The following reports will be part of it unless they are answered before they are due.",
        ),
        "none": ("Tidak ada.", "None."),
        "number": ("Nomor laporan", "Tracking number"),
        "report": ("Judul", "Title"),
        "untitled": ("tidak untuk umum", "not public"),
        "agency": ("Instansi yang memegang", "Held by"),
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
    context = _context(reprimand, language)
    compiled_at = instant(reprimand.compiled_at, reprimand.time_zone, language)
    return render("pages/reprimand.html", context | {"compiled_at": compiled_at, "id": reprimand.id})


def preview_page(found: ReprimandPreview, language: Language) -> str:
    coming = [_line(case, found.time_zone, language) for case in found.coming]
    as_of = instant(found.as_of, found.time_zone, language)
    return render("pages/reprimand.html", _context(found, language) | {"coming": coming, "as_of": as_of})


def _context(shown: ReprimandView | ReprimandPreview, language: Language) -> dict[str, Any]:
    return {
        "language": language.value,
        "words": {name: say(words, language) for name, words in _WORDS.items()},
        "region": shown.agency.name,
        "period": f"{day(shown.first_day, language)} - {day(shown.last_day, language)}",
        "cases": [_case(case, shown.time_zone, language) for case in shown.cases],
    }


def _case(case: ReprimandCase, zone: str, language: Language) -> dict[str, Any]:
    proof = {"head": case.proof.head, "events": case.proof.events}
    return _line(case, zone, language) | {"answered": _at(case.answered_at, zone, language), "proof": proof}


def _line(case: ReprimandCase | ComingCase, zone: str, language: Language) -> dict[str, Any]:
    return {
        "number": case.tracking_number,
        "title": case.title or say(_WORDS["untitled"], language),
        "agency": f"{case.holder.name} ({case.holder.code})",
        "status": say(status_label(case.status), language),
        "received": _at(case.received_at, zone, language),
        "due": _at(case.due_at, zone, language),
    }


def _at(moment: datetime | None, zone: str, language: Language) -> str:
    return say(_WORDS["never"], language) if moment is None else instant(moment, zone, language)
