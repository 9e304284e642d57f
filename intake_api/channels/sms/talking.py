"""Our answers by text message: one message of GSM-7 each, in the language of the keyword. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from types import MappingProxyType

from intake_api.channels.sms.reading import Unclear, Why
from intake_api.notifications.texting import fits_sms, length_of
from shared.domain.wording import Language, Wording, say


class Telling(StrEnum):
    RECEIVED = auto()
    RECEIVED_IN_PART = auto()
    KNOWN = auto()
    TOO_SHORT = auto()
    TOO_MANY = auto()
    TOO_MANY_PARTS = auto()
    NO_NUMBER = auto()
    NO_CODE = auto()
    UNREADABLE = auto()
    UNKNOWN = auto()
    WRONG = auto()
    TOO_MANY_TRIES = auto()
    STATUS = auto()
    WITHDRAWN = auto()


SENTENCES: Mapping[Telling, Wording] = MappingProxyType(
    {
        Telling.RECEIVED: (
            "Laporan diterima. Nomor {number}, kode akses {code}. Simpan SMS ini. Status: CEK {number}. Cabut: BATAL "
            "{number} KODE",
            "Report received. Number {number}, access code {code}. Keep this. Status: CHECK {number}. Withdraw: "
            "CANCEL {number} CODE",
        ),
        Telling.RECEIVED_IN_PART: (
            "Laporan diterima, tetapi bagian {missing} tidak sampai. Nomor {number}, kode akses {code}. Lengkapi di "
            "kotak laporan.",
            "Report received without part {missing}, which never came. Number {number}, access code {code}. Add it in "
            "your mailbox.",
        ),
        Telling.KNOWN: (
            "Laporan ini sudah kami terima dengan nomor {number}. Status: CEK {number}",
            "We have this report already, under the number {number}. Status: CHECK {number}",
        ),
        Telling.TOO_SHORT: (
            "Laporan terlalu pendek. Tulis LAPOR, apa yang terjadi dan di mana. Contoh: LAPOR lampu jalan mati sejak "
            "Senin di depan SD 3 Kel. Mugirejo Samarinda",
            "This is too short. Write REPORT, what happened and where. Example: REPORT street light out since Monday "
            "at SD 3, Kel. Mugirejo, Samarinda",
        ),
        Telling.TOO_MANY: (
            "Anda sudah mengirim {most} laporan dalam 24 jam. Kirim laporan ini lagi besok.",
            "You have sent {most} reports within 24 hours. Please send this one again tomorrow.",
        ),
        Telling.TOO_MANY_PARTS: (
            "Pesan Anda terlalu panjang. Kirim paling banyak {most} bagian SMS, atau ringkas laporannya.",
            "Your message is too long. Send at most {most} parts, or say it shorter.",
        ),
        Telling.NO_NUMBER: (
            "Nomor laporan terdiri dari 10 angka. Tulis CEK lalu nomornya, contoh: CEK 1234567897",
            "The number of a report has 10 digits. Write CHECK and the number, as CHECK 1234567897",
        ),
        Telling.NO_CODE: (
            "Untuk mencabut laporan tulis BATAL, nomor laporan, lalu kode akses dari SMS balasan kami.",
            "To withdraw a report write CANCEL, its number, and the access code from our answer.",
        ),
        Telling.UNREADABLE: (
            "Pesan Anda tidak dapat kami baca. Tulis LAPOR, apa yang terjadi dan di mana.",
            "We cannot read your message. Write REPORT, what happened and where.",
        ),
        Telling.UNKNOWN: (
            "Tidak ada laporan dengan nomor {number}, atau laporan itu tidak terbuka. Periksa lagi nomornya.",
            "There is no report {number}, or it is not open to you. Please check the number.",
        ),
        Telling.WRONG: (
            "Nomor {number} dan kode akses itu tidak cocok. Salin keduanya dari SMS balasan kami.",
            "The number {number} and that access code do not fit. Copy both from our answer.",
        ),
        Telling.TOO_MANY_TRIES: (
            "Terlalu banyak kode akses yang salah. Coba lagi nanti.",
            "There were too many wrong access codes. Try again later.",
        ),
        Telling.STATUS: ("Laporan {number}: {status}.", "Report {number}: {status}."),
        Telling.WITHDRAWN: (
            "Laporan {number} dicabut sesuai permintaan Anda.",
            "Report {number} is withdrawn as you asked.",
        ),
    }
)
_UNCLEAR = {Why.TOO_SHORT: Telling.TOO_SHORT, Why.NO_NUMBER: Telling.NO_NUMBER, Why.NO_CODE: Telling.NO_CODE}


def worded(said: Telling, language: Language, **values: object) -> str:
    return say(SENTENCES[said], language).format(**values)


def of_unclear(asked: Unclear) -> str:
    return worded(_UNCLEAR[asked.why], asked.language)


def of_receipt(
    language: Language, number: str, code: str | None, *, missing: Sequence[int] = (), total: int = 0
) -> str:
    if code is None:
        return worded(Telling.KNOWN, language, number=number)
    if not missing:
        return worded(Telling.RECEIVED, language, number=number, code=code)
    named = f"{_listed(missing)}/{total}"
    return worded(Telling.RECEIVED_IN_PART, language, number=number, code=code, missing=named)


def _listed(parts: Sequence[int]) -> str:
    """The first of them: an answer has 160 letters."""
    named = ",".join(map(str, parts[:2]))
    return f"{named},.." if len(parts) > 2 else named


def of_status(language: Language, number: str, status: str, agency: str | None) -> str:
    """With the agency, where both fit into one message."""
    short = worded(Telling.STATUS, language, number=number, status=status)
    whole = worded(Telling.STATUS, language, number=number, status=f"{status} ({agency})")
    return short if agency is None or length_of(whole).parts > 1 else whole


def of_refusal(sentence: str) -> str:
    """What an operation refuses with, if it is short enough for two messages."""
    plain = sentence.replace("\n", " ")
    while not fits_sms(plain):
        plain = plain[: len(plain) - 10].rstrip() + "..."
    return plain
