"""What people read where programs read codes: Indonesian (the default) and English."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.domain.lifecycle import PublicGroup
from shared.domain.wording import Language, Wording, say
from shared.log.consents import ConsentState
from shared.log.events import EventType

_UNTITLED = ("Laporan {}", "Report {}")


def public_title(masked: str | None, tracking_number: str, language: Language) -> str:
    """What stands above a report for everybody; before its people are masked, only its number."""
    return masked if masked is not None else say(_UNTITLED, language).format(tracking_number)


PUBLIC_GROUPS: Mapping[PublicGroup, Wording] = MappingProxyType(
    {
        PublicGroup.BELUM: ("Belum", "Not yet followed up"),
        PublicGroup.PROSES: ("Proses", "In progress"),
        PublicGroup.SELESAI: ("Selesai", "Finished"),
    }
)

E = EventType
EVENTS: Mapping[EventType, Wording] = MappingProxyType(
    {
        E.REPORT_RECEIVED: ("Laporan diterima", "Report received"),
        E.REPORTER_REPLIED: ("Pelapor memberi tanggapan", "The reporter replied"),
        E.REPORTER_RATED: ("Pelapor memberi penilaian", "The reporter rated the answer"),
        E.REPORTER_CONSENTED: ("Pelapor menyatakan persetujuan", "The reporter answered a request for consent"),
        E.REPORTER_WITHDREW: ("Pelapor mencabut laporan", "The reporter withdrew the report"),
        E.REPORTER_REOPENED: ("Pelapor meminta dibuka kembali", "The reporter asked to reopen it"),
        E.REPORTER_APPEALED: ("Pelapor mengajukan keberatan", "The reporter appealed"),
        E.CLOCK_REMINDED: ("Pengingat tenggat dikirim", "Reminder of a deadline sent"),
        E.CLOCK_BREACHED: ("Tenggat terlampaui", "Deadline passed"),
        E.CLOCK_ESCALATED: ("Keterlambatan dieskalasi", "Delay escalated"),
        E.CLOCK_ELAPSED: ("Waktu tunggu habis", "Waiting time over"),
        E.CLOCK_REINSTATED: ("Tenggat disesuaikan", "Deadline adjusted"),
        E.CLOCK_ACKNOWLEDGED: ("Eskalasi ditanggapi petugas", "Escalation acknowledged by an officer"),
        E.CLOCK_MOVED: ("Tenggat berubah", "Deadline moved"),
        E.POLICY_MIGRATED: ("Aturan tenggat laporan diganti", "Other deadline rules apply to the report"),
        E.REPORT_ENTRUSTED: ("Diserahkan ke instansi untuk diverifikasi", "Handed to an instansi to be verified"),
        E.REPORT_VERIFIED: ("Laporan terverifikasi", "Report verified"),
        E.REPORT_FORWARDED: ("Diteruskan ke instansi", "Forwarded to an instansi"),
        E.REPORT_ASSIGNED: ("Didisposisikan", "Assigned to an agency"),
        E.REPORT_REDIRECTED: ("Dialihkan ke instansi lain", "Redirected to another agency"),
        E.REPORT_RETURNED: ("Dikembalikan: bukan wewenang", "Returned: not the agency's authority"),
        E.REPORT_HELD: ("Ditunda, menunggu pelapor", "On hold, waiting for the reporter"),
        E.REPORT_RESUMED: ("Dilanjutkan", "Resumed"),
        E.REPORT_RESPONDED: ("Ditindaklanjuti", "Followed up"),
        E.REPORT_ANSWERED: ("Jawaban akhir diberikan", "Final response given"),
        E.REPORT_REOPENED: ("Dibuka kembali", "Reopened"),
        E.REPORT_CLOSED: ("Selesai", "Closed"),
        E.REPORT_ARCHIVED: ("Diarsipkan", "Archived"),
        E.REPORT_APPEALED: ("Keberatan diterima untuk ditinjau", "Appeal taken up"),
        E.REPORT_WITHDRAWN: ("Laporan dicabut", "Report withdrawn"),
        E.REPORT_MERGED: ("Digabung dengan laporan lain tentang hal yang sama", "Merged with another report"),
        E.REPORT_UNMERGED: ("Penggabungan dibatalkan", "No longer merged with another report"),
        E.REPORT_LOCATED: ("Lokasi laporan ditentukan", "The place that it is about was determined"),
        E.REPORT_JOINED: ("Laporan serupa digabungkan", "A report about the same thing was merged into it"),
        E.REPORT_PARTED: ("Laporan serupa dipisahkan kembali", "A report that was merged into it was parted again"),
        E.REPORT_CORRECTED: ("Klasifikasi diperbaiki", "Classification corrected"),
        E.REPORT_NOTED: ("Catatan internal", "Internal note"),
        E.REPORT_MASKED: ("Penyamaran kata-kata diubah", "What is masked was changed"),
        E.SLIP_MADE: (
            "Lembar dengan kode akses dicetak untuk pelapor",
            "Sheet with the access code made for the reporter",
        ),
        E.EVIDENCE_ADDED: ("Bukti ditambahkan", "Evidence was added"),
        E.EVIDENCE_REFUSED: ("Berkas tidak dapat diterima sebagai bukti", "A file could not be taken as evidence"),
        E.EVIDENCE_QUARANTINED: ("Berkas dikarantina karena berbahaya", "A harmful file was put into quarantine"),
        E.EVIDENCE_TOLD: (
            "Pelapor memberi tahu kapan atau di mana bukti diambil",
            "The reporter told when or where the evidence was taken",
        ),
        E.EVIDENCE_RELEASED: ("Bukti dibuka untuk umum", "Evidence was released for everybody"),
        E.EVIDENCE_WITHHELD: ("Bukti ditutup untuk umum", "Evidence was withheld from everybody"),
        E.EVIDENCE_COVERED: ("Bagian gambar dihitamkan", "Parts of a picture were blackened"),
        E.PERSON_ERASED: ("Data pribadi dihapus", "Personal data was erased"),
        E.IDENTITY_REQUESTED: (
            "Seorang penjaga identitas meminta izin melihat identitas pelapor",
            "An identity custodian asked to see the reporter's identity",
        ),
        E.IDENTITY_APPROVED: (
            "Penjaga identitas lain mengizinkan identitas pelapor dilihat",
            "Another identity custodian approved a look at the reporter's identity",
        ),
        E.IDENTITY_VIEWED: ("Identitas pelapor dilihat", "The reporter's identity was looked at"),
    }
)

#: While a release is being rolled out, this one may read what the next one has recorded.
OF_A_NEWER_RELEASE: Wording = ("Laporan diperbarui", "Report updated")
#: Of a response that names the one it corrects.
PUT_RIGHT: Wording = ("Jawaban diperbaiki", "Response put right")

STAGES: Mapping[str, Wording] = MappingProxyType(
    {
        "verification": ("Verifikasi", "Verification"),
        "disposition": ("Disposisi", "Disposition"),
        "first_response": ("Tindak lanjut pertama", "First response"),
        "resolution": ("Penyelesaian", "Resolution"),
        "reporter_reply": ("Tanggapan pelapor", "The reporter's reaction"),
        "hold": ("Penundaan", "Hold"),
        "statutory_answer": ("Jawaban menurut UU 25/2009", "Answer by Law 25/2009"),
        "oversight_response": ("Tanggapan dalam pengawasan pusat", "Response under central oversight"),
        "oversight_resolution": ("Penyelesaian dalam pengawasan pusat", "Resolution under central oversight"),
    }
)

#: What the reporter is told about the consent that lets the Ombudsman take the case over.
CONSENTS: Mapping[ConsentState, Wording] = MappingProxyType(
    {
        ConsentState.ASKED: (
            "Laporan ini belum selesai setelah tenggat pengawasan. Bolehkah Ombudsman menangani kasus ini?",
            "This report was not resolved within the oversight deadline. May the Ombudsman take the case over?",
        ),
        ConsentState.SILENT: (
            "Anda belum menjawab apakah Ombudsman boleh menangani kasus ini; Anda masih dapat menjawab.",
            "You have not answered whether the Ombudsman may take the case over; you still can.",
        ),
        ConsentState.GRANTED: (
            "Anda mengizinkan Ombudsman menangani kasus ini.",
            "You allowed the Ombudsman to take the case over.",
        ),
        ConsentState.REFUSED: (
            "Anda tidak mengizinkan Ombudsman menangani kasus ini.",
            "You did not allow the Ombudsman to take the case over.",
        ),
    }
)
