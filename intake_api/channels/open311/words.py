"""What people read in the answers of Open311: Indonesian (the default) and English."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.domain.wording import Wording

UNCATEGORISED_LABEL: Wording = ("Lainnya", "Something else")
FOLLOW: Wording = (
    "Laporan tersimpan dengan nomor {number}. Perkembangannya dapat dilihat di {url}.",
    "The report is stored under the number {number}. See {url} for where it stands.",
)
STORED: Wording = (
    "Laporan tersimpan. Nomornya diperoleh dengan token ini.",
    "The report is stored. This token gets its number.",
)
#: How a deadline is counted, by the unit of its limit.
COUNTED: Mapping[str, Wording] = MappingProxyType(
    {
        "working_days": (
            "Penyelesaian dalam {days} hari kerja sejak terverifikasi, tanpa hari libur dan waktu tunda ({policy}).",
            "To be resolved within {days} working days of its verification, without holidays and holds ({policy}).",
        ),
        "calendar_days": (
            "Penyelesaian dalam {days} hari sejak terverifikasi, tanpa waktu tunda ({policy}).",
            "To be resolved within {days} days of its verification, without holds ({policy}).",
        ),
    }
)

EVIDENCE: Wording = (
    "Sertakan alamat foto atau dokumen di media_url: laporan tentang hal ini perlu bukti.",
    "Give the address of a photo or a document in media_url: a report about this needs evidence.",
)
TITLE: Wording = ("Judul laporan, bila bukan baris pertama uraian", "The title, if it is not the first line")
CLASSIFICATION: Wording = ("Jenis laporan", "What kind of report it is")
OCCURRED_ON: Wording = ("Tanggal kejadian", "The day it happened")
REGION: Wording = ("Kode wilayah Kemendagri tempat kejadian", "The Kemendagri code of the region")
ANONYMOUS: Wording = (
    "Anonim: identitas pelapor hanya dapat dilihat penjaga identitas",
    "Anonymous: only the custodian may see who reported",
)
SECRET: Wording = ("Rahasia: laporan tidak dibuka untuk umum", "Secret: the report is not shown to the public")
REFERENCE: Wording = ("Nomor laporan ini di sistem pengirim", "The sending system's own number of it")
YES: Wording = ("Ya", "Yes")
NO: Wording = ("Tidak", "No")
AS_A_DATE: Wording = ("TTTT-BB-HH, atau dengan jam dan zona waktu", "YYYY-MM-DD, or with a time and its zone")
UPDATES: Mapping[str, Wording] = MappingProxyType(
    {
        "report.assigned": ("Diteruskan ke instansi yang berwenang.", "Passed on to the agency that is competent."),
        "report.redirected": ("Dialihkan ke instansi lain.", "Passed on to another agency."),
        "report.closed": ("Laporan selesai.", "The report is closed."),
        "report.reopened": ("Laporan dibuka kembali.", "The report was reopened."),
    }
)
