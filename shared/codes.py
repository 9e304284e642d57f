"""Code lists that have labels for people (Indonesian, English); `GET /v1/codes` shows them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Channel(StrEnum):
    APP = "app"
    WEB = "web"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    QR = "qr"
    SOCIAL_MEDIA = "social_media"
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"
    COUNTER = "counter"
    AGENCY = "agency"


class ArchiveReason(StrEnum):
    WRONG_SMS_FORMAT = "wrong_sms_format"
    TOO_GENERAL = "too_general"
    NOT_ABOUT_GOVERNMENT = "not_about_government"
    NOT_UNDERSTANDABLE = "not_understandable"
    OUT_OF_SCOPE = "out_of_scope"
    DUPLICATE = "duplicate"
    NEVER_COMPLETED = "never_completed"
    HATE_SPEECH = "hate_speech"


class ReturnReason(StrEnum):
    NOT_OUR_AUTHORITY = "not_our_authority"
    OTHER_REGION = "other_region"
    OTHER_LEVEL = "other_level"
    UNCLEAR_LOCATION = "unclear_location"


Labels = Mapping[str, tuple[str, str]]

CHANNELS: Labels = MappingProxyType(
    {
        Channel.APP: ("Aplikasi", "Mobile app"),
        Channel.WEB: ("Situs web", "Web site"),
        Channel.SMS: ("SMS 1708", "SMS 1708"),
        Channel.WHATSAPP: ("WhatsApp", "WhatsApp"),
        Channel.QR: ("Kode QR", "QR code"),
        Channel.SOCIAL_MEDIA: ("Media sosial", "Social media"),
        Channel.EMAIL: ("Surel", "E-mail"),
        Channel.PHONE: ("Telepon", "Telephone"),
        Channel.LETTER: ("Surat", "Letter"),
        Channel.COUNTER: ("Tatap muka di loket", "In person at a counter"),
        Channel.AGENCY: ("Kanal resmi instansi", "An agency's own channel"),
    }
)

ARCHIVE_REASONS: Labels = MappingProxyType(
    {
        ArchiveReason.WRONG_SMS_FORMAT: ("Format SMS salah", "Wrong SMS format"),
        ArchiveReason.TOO_GENERAL: ("Terlalu umum", "Too general"),
        ArchiveReason.NOT_ABOUT_GOVERNMENT: (
            "Tidak terkait kinerja pemerintah",
            "Not about government performance",
        ),
        ArchiveReason.NOT_UNDERSTANDABLE: ("Tidak dapat dipahami", "Not understandable"),
        ArchiveReason.OUT_OF_SCOPE: (
            "Di luar lingkup: perkara di pengadilan, legislatif, pidana, korupsi",
            "Out of scope: court case, legislature, criminal matter, corruption",
        ),
        ArchiveReason.DUPLICATE: ("Laporan ganda", "Duplicate"),
        ArchiveReason.NEVER_COMPLETED: ("Tidak dilengkapi pelapor", "Never completed by the reporter"),
        ArchiveReason.HATE_SPEECH: ("Ujaran kebencian", "Hate speech"),
    }
)

RETURN_REASONS: Labels = MappingProxyType(
    {
        ReturnReason.NOT_OUR_AUTHORITY: ("Bukan wewenang kami", "Not our authority"),
        ReturnReason.OTHER_REGION: ("Wilayah lain", "Another region"),
        ReturnReason.OTHER_LEVEL: ("Tingkat pemerintahan lain", "Another level of government"),
        ReturnReason.UNCLEAR_LOCATION: ("Lokasi tidak jelas", "The place is not clear"),
    }
)

CLASSIFICATIONS: Labels = MappingProxyType(
    {
        "complaint": ("Pengaduan", "Complaint"),
        "aspiration": ("Aspirasi", "Aspiration"),
        "information_request": ("Permintaan informasi", "Request for information"),
    }
)
