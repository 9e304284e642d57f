"""Code lists that have labels for people (Indonesian, English); `GET /v1/codes` shows them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.domain.wording import Wording


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
    AGENCY_ENDED = "agency_ended"


class OverrideReason(StrEnum):
    """Why a person sends a report elsewhere than was suggested."""

    RULE_OUTDATED = "rule_outdated"
    PLACE_MISREAD = "place_misread"
    MATTER_MISREAD = "matter_misread"
    DIVISION_OF_WORK = "division_of_work"
    NAMED_BY_AGENCY = "named_by_agency"
    OTHER = "other"


Labels = Mapping[str, Wording]

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
        ReturnReason.AGENCY_ENDED: ("Instansi sudah tidak ada", "The agency is not there any more"),
    }
)

OVERRIDE_REASONS: Labels = MappingProxyType(
    {
        OverrideReason.RULE_OUTDATED: ("Aturan keliru atau usang", "The rule is wrong or out of date"),
        OverrideReason.PLACE_MISREAD: ("Tempatnya keliru dibaca", "The place was misread"),
        OverrideReason.MATTER_MISREAD: ("Pokok laporannya keliru dibaca", "The matter was misread"),
        OverrideReason.DIVISION_OF_WORK: (
            "Pembagian tugas di instansi berbeda",
            "The instansi divides its work otherwise",
        ),
        OverrideReason.NAMED_BY_AGENCY: ("Sesuai petunjuk instansi lain", "Another agency named it"),
        OverrideReason.OTHER: ("Alasan lain", "Another reason"),
    }
)

AGENCY_LEVELS: Labels = MappingProxyType(
    {
        "national": ("Pusat", "National"),
        "province": ("Provinsi", "Province"),
        "regency_city": ("Kabupaten/kota", "Regency or city"),
        "agency": ("Perangkat daerah atau satuan kerja", "Agency of a government"),
        "unit": ("Unit pelaksana", "Unit of an agency"),
        "district": ("Kecamatan", "District"),
        "village": ("Desa atau kelurahan", "Village"),
    }
)

CLASSIFICATIONS: Labels = MappingProxyType(
    {
        "complaint": ("Pengaduan", "Complaint"),
        "aspiration": ("Aspirasi", "Aspiration"),
        "information_request": ("Permintaan informasi", "Request for information"),
    }
)
