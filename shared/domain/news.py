"""News for reporters: what they are told of, by what, and why not. Pure.

Codes alone, so that those who work on a report may read them; words stand in templates of intake_api.
"""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType

from shared.domain.wording import Wording


class NewsKind(StrEnum):
    """What a reporter is told of. Each has a template by its name."""

    RECEIVED = auto()
    VERIFIED = auto()
    PASSED_ON = auto()
    QUESTION = auto()
    ANSWERED = auto()
    CLOSING_SOON = auto()
    CLOSED = auto()
    ARCHIVED = auto()
    ESCALATED = auto()
    CONSENT_ASKED = auto()
    IDENTITY_VIEWED = auto()
    MERGED = auto()
    EVIDENCE_REFUSED = auto()  #: a file of theirs was not taken, or was put into quarantine


class NewsState(StrEnum):
    PENDING = auto()
    TOLD = auto()
    NOT_TOLD = auto()


class NewsChannel(StrEnum):
    """By what a reporter can be told."""

    WEBHOOK = auto()  #: the app that submitted the report has subscribed to what happens to it, and tells them
    EMAIL = auto()
    SMS = auto()
    WHATSAPP = auto()


class Untold(StrEnum):
    """Why somebody was not told."""

    ANONYMOUS = auto()
    NO_CONTACT = auto()
    NO_CHANNEL = auto()
    DECLINED = auto()
    STOPPED = auto()
    REFUSED = auto()
    BOUNCED = auto()
    OVERTAKEN = auto()
    TOO_LATE = auto()


NEWS_KINDS: Mapping[NewsKind, Wording] = MappingProxyType(
    {
        NewsKind.RECEIVED: ("laporan diterima", "report received"),
        NewsKind.VERIFIED: ("laporan terverifikasi", "report verified"),
        NewsKind.PASSED_ON: ("diteruskan ke instansi", "passed on to an agency"),
        NewsKind.QUESTION: ("ada pertanyaan", "there is a question"),
        NewsKind.ANSWERED: ("ada jawaban", "there is an answer"),
        NewsKind.CLOSING_SOON: ("akan ditutup dengan sendirinya", "about to close by itself"),
        NewsKind.CLOSED: ("laporan selesai", "report closed"),
        NewsKind.ARCHIVED: ("laporan diarsipkan", "report archived"),
        NewsKind.ESCALATED: ("keterlambatan dieskalasi", "delay escalated"),
        NewsKind.CONSENT_ASKED: ("persetujuan diminta", "consent asked for"),
        NewsKind.IDENTITY_VIEWED: ("identitas dilihat", "identity looked at"),
        NewsKind.MERGED: ("digabung dengan laporan lain", "merged with another report"),
        NewsKind.EVIDENCE_REFUSED: ("berkas tidak dapat dipakai", "a file cannot be used"),
    }
)
NEWS_CHANNELS: Mapping[NewsChannel, Wording] = MappingProxyType(
    {
        NewsChannel.WEBHOOK: ("aplikasi", "the app"),
        NewsChannel.EMAIL: ("surel", "e-mail"),
        NewsChannel.SMS: ("SMS", "SMS"),
        NewsChannel.WHATSAPP: ("WhatsApp", "WhatsApp"),
    }
)
UNTOLD: Mapping[Untold, Wording] = MappingProxyType(
    {
        Untold.ANONYMOUS: (
            "laporan ini anonim; kabarnya ada di balik kode akses",
            "this report is anonymous; its news is behind the access code",
        ),
        Untold.NO_CONTACT: ("tidak ada alamat yang diberikan", "no address was given"),
        Untold.NO_CHANNEL: ("saluran itu belum disiapkan", "no such channel is set up"),
        Untold.DECLINED: ("kabar tidak diinginkan", "no news is wanted"),
        Untold.STOPPED: ("alamat itu tidak menerima surel", "the address takes no mail"),
        Untold.REFUSED: ("surel ditolak", "the mail was refused"),
        Untold.BOUNCED: ("surel kembali", "the mail came back"),
        Untold.OVERTAKEN: ("sudah tidak berlaku", "it no longer holds"),
        Untold.TOO_LATE: ("kabar itu sudah terlalu lama", "the news was too old"),
    }
)
