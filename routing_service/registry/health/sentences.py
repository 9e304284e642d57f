"""What a gap in the registry says to people, in Indonesian and English. Pure."""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType

from shared.domain.wording import Wording


class GapCode(StrEnum):
    AGENCY_WITHOUT_LIAISON_OFFICER = auto()
    LIAISON_OFFICERS_IDLE = auto()
    INSTANSI_WITHOUT_COORDINATOR = auto()
    AGENCY_WITHOUT_REGION = auto()
    AGENCY_WITHOUT_DUTY = auto()
    DUTY_SHARED = auto()
    PARENT_OUT_OF_SERVICE = auto()
    SUCCESSOR_OUT_OF_SERVICE = auto()
    REPORTS_HELD_OUT_OF_SERVICE = auto()
    RULE_NAMES_OUT_OF_SERVICE = auto()
    CATEGORY_WITHOUT_LABEL = auto()
    CATEGORY_BELOW_ENDED = auto()
    AGENCY_WITHOUT_HEAD = auto()
    INSTANSI_WITHOUT_REGIONAL_HEAD = auto()
    INSTANSI_WITHOUT_REGIONAL_SECRETARY = auto()
    INSTANSI_WITHOUT_INSPECTORATE = auto()
    NO_NATIONAL_ADMIN = auto()
    NO_BOUNDARIES = auto()
    REGION_GOVERNED_TWICE = auto()
    NAME_SHARED = auto()
    REGION_OUTSIDE_PARENT = auto()
    REGION_OF_ANOTHER_NAME = auto()
    OWN_VERIFICATION_WITHOUT_REGION = auto()


G = GapCode
SENTENCES: Mapping[GapCode, Wording] = MappingProxyType(
    {
        G.AGENCY_WITHOUT_LIAISON_OFFICER: (
            "{name} tidak punya pejabat penghubung aktif: tidak ada yang menerima laporan dan eskalasinya.",
            "{name} has no active liaison officer: nobody hears of its reports and escalations.",
        ),
        G.LIAISON_OFFICERS_IDLE: (
            "Tidak satu pun dari {count} pejabat penghubung {name} menindaklanjuti laporan dalam sebulan terakhir.",
            "None of the {count} liaison officers of {name} has acted on a report in the last month.",
        ),
        G.INSTANSI_WITHOUT_COORDINATOR: (
            "{name} tidak punya admin koordinator aktif.",
            "{name} has no active coordinator.",
        ),
        G.AGENCY_WITHOUT_REGION: (
            "{name} tidak punya wilayah: aturan yang mencari instansi menurut wilayah tidak menemukannya.",
            "{name} has no region: rules that look for an agency by region do not find it.",
        ),
        G.AGENCY_WITHOUT_DUTY: (
            "{name} tidak punya urusan: aturan yang mencari instansi menurut urusan tidak menemukannya.",
            "{name} has no duty: rules that look for an agency by duty do not find it.",
        ),
        G.DUTY_SHARED: (
            "{count} instansi punya urusan {subject} di wilayah yang sama: {others}. Aturan tidak dapat memilih.",
            "{count} agencies have the duty {subject} in the same region: {others}. Rules cannot choose.",
        ),
        G.PARENT_OUT_OF_SERVICE: (
            "{name} berada di bawah {subject}, yang tidak aktif.",
            "{name} stands below {subject}, which is out of service.",
        ),
        G.SUCCESSOR_OUT_OF_SERVICE: (
            "{name} digantikan {subject}, yang juga tidak aktif.",
            "{name} ended in {subject}, which is out of service too.",
        ),
        G.REPORTS_HELD_OUT_OF_SERVICE: (
            "{name} tidak aktif tetapi masih memegang {count} laporan terbuka.",
            "{name} is out of service and still holds open reports: {count}.",
        ),
        G.RULE_NAMES_OUT_OF_SERVICE: (
            "Aturan {subject} menyebut {agency}, yang tidak aktif atau tidak ada.",
            "Rule {subject} names {agency}, which is out of service or not there.",
        ),
        G.CATEGORY_WITHOUT_LABEL: (
            "Kategori {subject} tidak punya nama dalam salah satu bahasa.",
            "The category {subject} has no label in one of the languages.",
        ),
        G.CATEGORY_BELOW_ENDED: (
            "Kategori {subject} berada di bawah {others}, yang tidak berlaku.",
            "The category {subject} stands below {others}, which is out of service.",
        ),
        G.AGENCY_WITHOUT_HEAD: (
            "Pimpinan {name} belum terdaftar: keterlambatan dilaporkan ke atasan berikutnya.",
            "The head of {name} is not registered: what is late goes to the next above.",
        ),
        G.INSTANSI_WITHOUT_REGIONAL_HEAD: (
            "Kepala daerah {name} belum terdaftar: teguran tidak dapat dikirim.",
            "The regional head of {name} is not registered: reprimands cannot be sent.",
        ),
        G.INSTANSI_WITHOUT_REGIONAL_SECRETARY: (
            "Sekretaris daerah {name} belum terdaftar: eskalasi tingkat atas tidak sampai.",
            "The regional secretary of {name} is not registered: the upper escalations reach nobody there.",
        ),
        G.INSTANSI_WITHOUT_INSPECTORATE: (
            "Inspektorat {name} belum terdaftar: eskalasi tingkat atas tidak sampai.",
            "The inspectorate of {name} is not registered: the upper escalations reach nobody there.",
        ),
        G.NO_NATIONAL_ADMIN: (
            "Admin pusat belum terdaftar: laporan yang belum diverifikasi tidak diingatkan kepada siapa pun.",
            "No national administrator is registered: nobody is reminded of reports that wait for verification.",
        ),
        G.NO_BOUNDARIES: (
            "Belum ada batas wilayah: titik koordinat saja tidak memberi laporan sebuah wilayah. Impor dengan"
            " `lapor boundaries import`.",
            "There are no boundaries: a pin alone gives a report no region. Import some with"
            " `lapor boundaries import`.",
        ),
        G.REGION_GOVERNED_TWICE: (
            "{count} instansi memerintah wilayah {subject}: {others}. Gabungkan, atau akhiri salah satunya.",
            "{count} instansi govern the region {subject}: {others}. Merge them, or end one of them.",
        ),
        G.NAME_SHARED: (
            "{count} instansi bernama sama: {others}. Gabungkan, atau bedakan namanya.",
            "{count} agencies have the same name: {others}. Merge them, or tell their names apart.",
        ),
        G.REGION_OUTSIDE_PARENT: (
            "Wilayah {name} ({subject}) tidak berada di wilayah induknya ({others}).",
            "The region of {name} ({subject}) does not lie in that of its parent ({others}).",
        ),
        G.REGION_OF_ANOTHER_NAME: (
            "Wilayah {subject} bernama {others}, bukan seperti {name}; periksa kode wilayahnya.",
            "The region {subject} is called {others}, unlike {name}; check the code of the region.",
        ),
        G.OWN_VERIFICATION_WITHOUT_REGION: (
            "{name} memverifikasi sendiri laporan di wilayahnya tetapi tidak punya wilayah: tidak ada laporan baru yang"
            " sampai ke admin koordinatornya. Isi wilayahnya, atau matikan own_verification.",
            "{name} verifies the reports of its own region and has none: no new report reaches its coordinator. Give it"
            " a region, or switch own_verification off.",
        ),
    }
)


def of_gap(
    code: GapCode, *, agency: str | None, name: str | None, subject: str | None, count: int | None, others: str | None
) -> Wording:
    values = {"agency": agency, "name": name or agency, "subject": subject, "count": count, "others": others}
    indonesian, english = SENTENCES[code]
    return indonesian.format_map(values), english.format_map(values)
