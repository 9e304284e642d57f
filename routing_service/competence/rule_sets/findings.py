"""What the linter says of a rule set, for programs and for people. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from types import MappingProxyType

from shared.domain.wording import Wording


class FindingCode(StrEnum):
    BROKEN = auto()
    CONTRADICTORY = auto()
    SHADOWED = auto()
    UNREACHABLE = auto()
    NOT_COMPARED = auto()  #: too many rules are alike to compare them all
    DEAD_AGENCY = auto()
    AGENCY_ENDS = auto()
    DUTY_OF_NOBODY = auto()
    SEVERAL_COMPETENT = auto()
    UNKNOWN_CATEGORY = auto()
    DEAD_CATEGORY = auto()
    CATEGORY_ENDS = auto()
    UNKNOWN_REGION = auto()
    OUTSIDE_INSTANSI = auto()  #: it names what is not the instansi's, whose rule it is
    BOTH_WAYS = auto()


class Severity(StrEnum):
    ERROR = auto()  #: the rule never does what it says
    WARNING = auto()  #: it does so for a part of its reports


@dataclass(frozen=True, slots=True)
class Finding:
    code: FindingCode
    severity: Severity
    rules: tuple[int, ...]  #: positions; first the rule that it is about, then those that cause it; none: of the set
    values: Mapping[str, str] = field(default_factory=dict)
    national: tuple[int, ...] = ()  #: positions of the nation's rules that cause it; `rules` are an instansi's own

    @property
    def sentence(self) -> Wording:
        others = ", ".join([*map(str, self.rules[1:]), *(f"N{position}" for position in self.national)])
        indonesian, english = _SENTENCES[self.code]
        values = {"rule": str(self.rules[0]) if self.rules else "", "others": others, **self.values}
        return indonesian.format_map(values), english.format_map(values)


_SENTENCES: Mapping[FindingCode, Wording] = MappingProxyType(
    {
        FindingCode.BROKEN: (
            "Aturan {rule} tidak dapat dibaca dan menghentikan setiap laporan yang sampai padanya: {reason_id}.",
            "Rule {rule} cannot be read and stops every report that reaches it: {reason}.",
        ),
        FindingCode.CONTRADICTORY: (
            "Aturan {rule} bersyarat sama dengan aturan {others} tetapi hasilnya lain; yang lebih dahulu yang berlaku.",
            "Rule {rule} has the same conditions as rule {others} and another result; the earlier one decides.",
        ),
        FindingCode.SHADOWED: (
            "Aturan {rule} tidak pernah dipakai: setiap laporan yang memenuhinya sudah diputuskan aturan {others}.",
            "Rule {rule} never decides: every report that meets it is decided before, by rule {others}.",
        ),
        FindingCode.UNREACHABLE: (
            "Aturan {rule} tidak dapat dipenuhi laporan mana pun: kata {words} wajib ada dan sekaligus dilarang.",
            "No report can meet rule {rule}: the words {words} must be there and must not.",
        ),
        FindingCode.NOT_COMPARED: (
            "Mulai aturan {rule} tidak dibandingkan lagi dengan aturan terdahulu: terlalu banyak yang serupa.",
            "From rule {rule} on rules were not compared with earlier ones: too many of them are alike.",
        ),
        FindingCode.DEAD_AGENCY: (
            "Aturan {rule} menyebut instansi yang tidak ada atau tidak aktif: {agencies}.",
            "Rule {rule} names agencies that do not exist or are out of service: {agencies}.",
        ),
        FindingCode.AGENCY_ENDS: (
            "Aturan {rule} menyebut instansi yang akan berakhir, dan sesudah itu gagal: {agencies}.",
            "Rule {rule} names agencies that will end, and fails after that: {agencies}.",
        ),
        FindingCode.DUTY_OF_NOBODY: (
            "Aturan {rule} menyerahkan kepada instansi dengan urusan {duty}; tidak ada yang memilikinya di sana.",
            "Rule {rule} leaves it to the agency with the duty {duty}; nobody there has it.",
        ),
        FindingCode.SEVERAL_COMPETENT: (
            "Aturan {rule} menyerahkan kepada instansi dengan urusan {duty}; di {regions} ada lebih dari satu.",
            "Rule {rule} leaves it to the agency with the duty {duty}; in {regions} there is more than one.",
        ),
        FindingCode.UNKNOWN_CATEGORY: (
            "Aturan {rule} menyebut kategori yang tidak ada: {categories}.",
            "Rule {rule} names categories that do not exist: {categories}.",
        ),
        FindingCode.DEAD_CATEGORY: (
            "Aturan {rule} menyebut kategori yang sudah berakhir: {categories}; tidak ada laporan baru di bawahnya.",
            "Rule {rule} names categories that have ended: {categories}; no new report comes under them.",
        ),
        FindingCode.CATEGORY_ENDS: (
            "Aturan {rule} menyebut kategori yang akan berakhir: {categories}.",
            "Rule {rule} names categories that will end: {categories}.",
        ),
        FindingCode.UNKNOWN_REGION: (
            "Aturan {rule} menyebut wilayah yang tidak ada: {regions}.",
            "Rule {rule} names regions that do not exist: {regions}.",
        ),
        FindingCode.OUTSIDE_INSTANSI: (
            "Aturan {rule} menyebut instansi lain, dan gagal bila sampai padanya: {agencies}.",
            "Rule {rule} names agencies of others, and fails where it is reached: {agencies}.",
        ),
        FindingCode.BOTH_WAYS: (
            "Di {region} laporan tentang {subject_id} dikerjakan dua pihak: {local} oleh kantor kelurahan, desa atau"
            " kecamatan, {others_count} oleh perangkat daerah. Tambahkan aturan yang menentukan siapa.",
            "In {region} reports about {subject} went both ways: {local} to village or district offices,"
            " {others_count} to departments. Add a rule that says whose they are.",
        ),
    }
)
