"""What clerks write where the API has codes: kinds, levels, roles, languages, time zones, duties. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from routing_service.registry.levels import AgencyLevel
from shared.domain.duties import DUTIES
from shared.domain.officers import OfficerRole
from shared.domain.regions import WIB, WIT, WITA
from shared.domain.sheets.cells import folded
from shared.domain.wording import Language

KINDS: Mapping[str, str] = {
    "kementerian": "ministry",
    "lembaga": "ministry",
    "provinsi": "province",
    "pemerintah provinsi": "province",
    "pemprov": "province",
    "kabupaten": "regency",
    "pemerintah kabupaten": "regency",
    "pemkab": "regency",
    "kota": "city",
    "pemerintah kota": "city",
    "pemkot": "city",
    "rumah sakit": "hospital",
    "rsud": "hospital",
    "rs": "hospital",
    "bumd": "company",
    "bumn": "company",
    "perusahaan": "company",
    "perusahaan daerah": "company",
    "perumda": "company",
    "perseroda": "company",
    "pdam": "company",
    "bagian": "biro",
    "uptd": "unit",
    "upt": "unit",
    "bidang": "unit",
    "kantor": "unit",
    "satuan": "unit",
    "satpol pp": "unit",
    "puskesmas": "unit",
    "sekolah": "unit",
    "sekretariat": "unit",
    "sekretariat daerah": "unit",
    "setda": "unit",
    "sekretariat dprd": "unit",
    "setwan": "unit",
    "inspektorat": "unit",
    "inspektorat daerah": "unit",
    "kecamatan": "district",
    "distrik": "district",
    "desa": "village",
    "kelurahan": "village",
    "kampung": "village",
    "nagari": "village",
}
LEVELS: Mapping[str, str] = {
    "nasional": AgencyLevel.NATIONAL,
    "pusat": AgencyLevel.NATIONAL,
    "provinsi": AgencyLevel.PROVINCE,
    "kabupaten kota": AgencyLevel.REGENCY_CITY,
    "kabupaten": AgencyLevel.REGENCY_CITY,
    "kota": AgencyLevel.REGENCY_CITY,
    "instansi": AgencyLevel.AGENCY,
    "opd": AgencyLevel.AGENCY,
    "perangkat daerah": AgencyLevel.AGENCY,
    "kecamatan": AgencyLevel.DISTRICT,
    "desa": AgencyLevel.VILLAGE,
    "kelurahan": AgencyLevel.VILLAGE,
}
ROLES: Mapping[str, str] = {
    "pejabat penghubung": OfficerRole.LIAISON_OFFICER,
    "penghubung": OfficerRole.LIAISON_OFFICER,
    "kepala": OfficerRole.AGENCY_HEAD,
    "kepala opd": OfficerRole.AGENCY_HEAD,
    "kepala instansi": OfficerRole.AGENCY_HEAD,
    "pimpinan": OfficerRole.AGENCY_HEAD,
    "koordinator": OfficerRole.COORDINATOR,
    "admin koordinator": OfficerRole.COORDINATOR,
    "sekretaris daerah": OfficerRole.REGIONAL_SECRETARY,
    "sekda": OfficerRole.REGIONAL_SECRETARY,
    "inspektorat": OfficerRole.INSPECTORATE,
    "inspektur": OfficerRole.INSPECTORATE,
    "kepala daerah": OfficerRole.REGIONAL_HEAD,
    "bupati": OfficerRole.REGIONAL_HEAD,
    "wali kota": OfficerRole.REGIONAL_HEAD,
    "walikota": OfficerRole.REGIONAL_HEAD,
    "gubernur": OfficerRole.REGIONAL_HEAD,
    "admin pusat": OfficerRole.NATIONAL_ADMIN,
    "admin nasional": OfficerRole.NATIONAL_ADMIN,
}
LANGUAGES: Mapping[str, str] = {
    "indonesia": Language.ID,
    "bahasa indonesia": Language.ID,
    "inggris": Language.EN,
    "bahasa inggris": Language.EN,
    "english": Language.EN,
}
ZONES: Mapping[str, str] = {"wib": WIB, "wita": WITA, "wit": WIT}


def with_codes(codes: Iterable[str], words: Mapping[str, str]) -> dict[str, str]:
    """The words, and the codes themselves however they are spelled."""
    return {folded(word): str(code) for word, code in words.items()} | {folded(code): str(code) for code in codes}


def spoken(codes: type[StrEnum], words: Mapping[str, str]) -> tuple[str, str]:
    """What is expected, for a mistake: the codes, in Indonesian each with the first word for it."""
    first: dict[str, str] = {}
    for word, code in words.items():
        first.setdefault(str(code), word)
    shown = ", ".join(f"{code} ({first[code]})" if code in first else str(code) for code in codes)
    return f"salah satu dari {shown}", f"one of {', '.join(codes)}"


DUTY_WORDS = with_codes(DUTIES, {label: code for code, labels in DUTIES.items() for label in labels})
