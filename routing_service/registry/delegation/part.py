"""What an instansi may make of its own part of the registry. Pure.

Nobody gains by it what is another's: the agency of a duty is found by its region, a report that names an agency by its
code, days by a time zone; and who hears of what the coordinator leaves undone is not for the coordinator to say.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from routing_service.registry.directory import inside
from routing_service.registry.levels import AgencyLevel
from shared.domain.officers import OfficerRole
from shared.domain.regions import time_zone_of
from shared.domain.wording import Wording

Row = Mapping[str, Any]

#: Whom an instansi registers itself. The others hear of what its coordinator leaves undone, or stand beside them.
OWN_OFFICERS = frozenset({OfficerRole.LIAISON_OFFICER, OfficerRole.AGENCY_HEAD})
_KINDS_OF_INSTANSI = frozenset({"ministry", "province", "regency", "city"})
_LEVELS_OF_INSTANSI = frozenset({AgencyLevel.NATIONAL, AgencyLevel.PROVINCE, AgencyLevel.REGENCY_CITY})
#: Of an instansi as a whole: where it stands, what it is, which reports come to it and by which days it is measured.
_OF_OPERATORS = (
    "parent_code", "kind", "level", "region_code", "time_zone", "valid_from", "valid_until", "successor_code", "active",
    "own_verification", "automatic_assignment",
)  # fmt: skip
#: As files and bodies call it.
_CALLED = {"parent_code": "parent", "region_code": "region", "successor_code": "successor"}

SENTENCES: Mapping[str, Wording] = MappingProxyType(
    {
        "outside_of_instansi": (
            "Anda mengelola instansi Anda sendiri dan perangkat di bawahnya; untuk yang lain, hubungi operator.",
            "You look after your own instansi and the agencies below it; ask an operator for anything else.",
        ),
        "code_of_instansi": (
            "Kode instansi baru diawali kode instansi Anda: {root}-...",
            "The code of a new agency begins with that of your instansi: {root}-...",
        ),
        "instansi_of_operators": (
            "Ini menyangkut instansi Anda secara keseluruhan; mintalah operator mengubahnya.",
            "This is about your instansi as a whole; ask an operator to change it.",
        ),
        "region_of_instansi": (
            "Wilayah instansi Anda terletak di dalam {region}; pilih wilayah di sana.",
            "The regions of your agencies lie in {region}; choose one of those.",
        ),
        "below_instansi": (
            "Ini hanya untuk instansi induk; pilih yang sesuai untuk perangkat di bawahnya.",
            "This is for an instansi as a whole; choose what an agency below one can be.",
        ),
        "zone_of_instansi": (
            "Zona waktu mengikuti wilayahnya; kosongkan.",
            "The time zone follows from the region; leave it out.",
        ),
        "officer_of_operators": (
            "Instansi Anda mendaftarkan pejabat penghubung dan pimpinannya; untuk yang lain, hubungi operator.",
            "Your instansi registers its liaison officers and heads; ask an operator for anybody else.",
        ),
        "subject_of_operators": (
            "Akun seseorang diberikan lewat undangan; kosongkan subjek.",
            "Somebody's account comes from their invitation; leave the subject out.",
        ),
        "address_of_account": (
            "Pejabat ini masuk dengan alamat itu; daftarkan alamat baru sebagai pejabat lain, atau hubungi operator.",
            "This officer logs in with that address; register the new one as another officer, or ask an operator.",
        ),
        "yourself": (
            "Data Anda sendiri diubah oleh koordinator Anda atau operator.",
            "What is registered of yourself is changed by your coordinator or an operator.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Trespass:
    """Where somebody goes beyond their part: the column, and why."""

    column: str
    code: str
    values: Mapping[str, str]

    @property
    def sentence(self) -> Wording:
        indonesian, english = SENTENCES[self.code]
        return indonesian.format_map(self.values), english.format_map(self.values)


@dataclass(frozen=True, slots=True)
class RegistryPart:
    """An instansi and all below it."""

    root: str
    codes: Set[str]
    region: str | None  #: None: it is national
    time_zone: str
    subject: str  #: of whoever looks after it

    def with_new(self, codes: Set[str]) -> "RegistryPart":
        """And agencies that are there once a file is taken; each of them is asked for by itself."""
        return RegistryPart(self.root, self.codes | codes, self.region, self.time_zone, self.subject)

    def of_agency(self, before: Row | None, after: Row) -> Iterator[Trespass]:
        """As it is stored, before (None: it is new) and after a change."""
        code = after["code"]
        if before is not None and code not in self.codes:
            yield self.trespass("code", "outside_of_instansi")
            return
        if before is None and not code.startswith(f"{self.root}-"):
            yield self.trespass("code", "code_of_instansi")
        changed = {name for name in after if before is None or before.get(name) != after[name]}
        if code == self.root:
            for name in _OF_OPERATORS:
                if name in changed:
                    yield self.trespass(_CALLED.get(name, name), "instansi_of_operators")
        else:
            yield from self._below(after, changed)

    def _below(self, after: Row, changed: Set[str]) -> Iterator[Trespass]:
        successor, region, zone = after.get("successor_code"), after["region_code"], after["time_zone"]
        if "parent_code" in changed and after["parent_code"] not in self.codes:
            yield self.trespass("parent", "outside_of_instansi")
        if "successor_code" in changed and successor is not None and successor not in self.codes:
            yield self.trespass("successor", "outside_of_instansi")
        if "region_code" in changed and self.region is not None and (region is None or not inside(region, self.region)):
            yield self.trespass("region", "region_of_instansi")
        if "kind" in changed and after["kind"] in _KINDS_OF_INSTANSI:
            yield self.trespass("kind", "below_instansi")
        if "level" in changed and after["level"] in _LEVELS_OF_INSTANSI:
            yield self.trespass("level", "below_instansi")
        if "time_zone" in changed and zone not in (None, self.time_zone, time_zone_of(region)):
            yield self.trespass("time_zone", "zone_of_instansi")

    def of_officer(self, before: Row | None, after: Row) -> Iterator[Trespass]:
        if after["agency_code"] not in self.codes:
            yield self.trespass("agency", "outside_of_instansi")
        elif after["role"] not in OWN_OFFICERS:
            yield self.trespass("role", "officer_of_operators")
        elif before is not None and before["subject"] == self.subject:
            yield self.trespass("email", "yourself")
        elif after.get("subject") != (None if before is None else before["subject"]):
            yield self.trespass("subject", "subject_of_operators")
        elif before is not None and before["subject"] is not None and before["email"] != after["email"]:
            # Whoever has the address gets the link by which proofs are set anew.
            yield self.trespass("email", "address_of_account")

    def trespass(self, column: str, code: str) -> Trespass:
        return Trespass(column, code, {"root": self.root, "region": self.region or ""})
