"""Why a rule gave no agency, in Indonesian or English. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from routing_service.competence.place import sentences as places
from routing_service.competence.rules.ruling import FailureCode
from shared.domain.wording import Language, Wording, say

FAILURES: Mapping[FailureCode, Wording] = MappingProxyType(
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
        FailureCode.OUT_OF_SERVICE: ("{name} sudah tidak bertugas{heir}", "{name} is out of service{heir}"),
        FailureCode.OUTSIDE_INSTANSI: (
            "{agency} tidak termasuk {instansi}, pemilik aturan itu",
            "{agency} does not belong to {instansi}, whose rule it is",
        ),
        FailureCode.CANNOT_APPLY: ("aturan itu sendiri rusak ({reason_id})", "the rule itself is broken ({reason})"),
    }
)
HEIR: Wording = (", penggantinya {successor}", "; {successor} took over")


def of_failure(code: str, values: Mapping[str, str], language: Language) -> str:
    told = dict(values)
    if values.get("region"):
        told["region"] = places.named(values["region"])
    told["heir"] = say(HEIR, language).format_map(values) if values.get("successor") else ""
    told.setdefault("reason_id", values.get("reason", ""))  # older decisions have it in one language
    return say(FAILURES[FailureCode(code)], language).format_map(told)
