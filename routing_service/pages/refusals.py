"""Why an action that somebody's role has is not open to them now, in a sentence. No I/O."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from routing_service.report import rights
from routing_service.report.possible import DECIDING, OfficerAction
from routing_service.report.rights import Condition, Standing
from shared.domain import lifecycle
from shared.domain.lifecycle import Action, Holder, Level, Status, status_label
from shared.domain.wording import Language, Wording, say


@dataclass(frozen=True, slots=True)
class Closed:
    action: OfficerAction
    why: str


_STATUS: Wording = ("Terbuka saat laporan berstatus {0}.", "Open while a report is: {0}.")
_HOLDER: Wording = ("Hanya pemegang laporan yang dapat melakukannya.", "Only who holds the report can do this.")
_AGENCY: Wording = (
    "Instansi yang memegang laporan ini menjawabnya; alihkan, atau tunggu.",
    "An agency holds this report and answers it; redirect it, or wait.",
)
_ANOTHER: Wording = (
    "Anda mengarsipkan laporan ini dan pelapor keberatan; petugas lain yang harus memutuskan.",
    "You archived this report and the reporter objected; another officer must decide.",
)
_OTHERWISE: dict[Action, Wording] = {
    Action.RETURN: (
        "Laporan ini sudah terlalu sering dikembalikan; sekarang harus diputuskan di sini.",
        "This report was returned too often; it has to be decided here now.",
    ),
    Action.FORWARD: (
        "Laporan ini sudah terlalu sering dikembalikan; sekarang harus diputuskan di sini.",
        "This report was returned too often; it has to be decided here now.",
    ),
    Action.CORRECT: (
        "Laporan ini ditunda sebelum diverifikasi; lanjutkan dahulu.",
        "This report was put on hold before it was verified; resume it first.",
    ),
    Action.MERGE: (
        "Pelapor sedang mencabut laporan ini.", "The reporter is withdrawing this report.",
    ),
    Action.PUT_RIGHT: (
        "Belum ada jawaban instansi Anda yang dapat diralat.", "There is no answer of your agency to put right.",
    ),
}  # fmt: skip


def closed(
    standing: Standing, status: Status, holder: Holder, possible: Collection[OfficerAction], language: Language
) -> Iterator[Closed]:
    """Those of the actions that somebody who stands so has a right to, and cannot take now."""
    for action, conditions in rights.RIGHTS.items():
        if standing not in conditions or OfficerAction(action.value) in possible:
            continue
        yield Closed(OfficerAction(action.value), _why(action, conditions[standing], status, holder, language))


def _why(action: Action, condition: Condition, status: Status, holder: Holder, language: Language) -> str:
    sources = lifecycle.TRANSITIONS[action].sources
    if status not in sources:
        names = " / ".join(say(status_label(one), language) for one in Status if one in sources)
        return say(_STATUS, language).format(names)
    if condition is Condition.HOLDS and holder.level is not Level.NATIONAL:
        return say(_HOLDER, language)
    if not lifecycle.is_taken(action, status, holder=holder):
        return say(_AGENCY, language)
    if action in DECIDING and action not in (Action.MERGE,):
        return say(_ANOTHER, language)
    return say(_OTHERWISE.get(action, _HOLDER), language)
