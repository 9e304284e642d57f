"""The page on which somebody asks for no more mails: without scripts, in both languages. No I/O."""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType

from intake_api import templating
from shared.domain.wording import Language, Wording, say
from shared.http.colours import COLOURS

#: Nothing from elsewhere, and no script.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class Of(StrEnum):
    """What somebody wants no more mails of."""

    REPORT = auto()
    ADDRESS = auto()  #: of any report


_WORDS: Mapping[str, Wording] = MappingProxyType(
    {
        "other": ("English", "Bahasa Indonesia"),
        "title": ("Kabar tentang laporan {number}", "News about report {number}"),
        "about": (
            "Anda menerima surel tentang laporan ini. Anda dapat menghentikannya.",
            "You get mails about this report. You can end that.",
        ),
        "report_button": ("Jangan kirim surel tentang laporan ini lagi", "Send no more mails about this report"),
        "address_button": (
            "Jangan kirim surel tentang laporan apa pun ke alamat ini lagi",
            "Send no more mails about any report to this address",
        ),
        Of.REPORT: ("Tidak ada lagi surel tentang laporan ini.", "No more mails about this report will come."),
        Of.ADDRESS: ("Tidak ada lagi surel ke alamat ini.", "No more mails to this address will come."),
        "nothing_title": ("Tautan ini tidak lengkap", "This link is not complete"),
        "nothing": (
            "Di sini tidak ada yang dapat dihentikan. Salin seluruh tautan dari surel.",
            "There is nothing to unsubscribe from here. Take the whole link as it stands in the mail.",
        ),
        "again": (
            "Dengan kode akses laporan, surel dapat diminta lagi. Perkembangan laporan tetap dapat dibaca dengannya.",
            "With the access code of the report mails can be asked for again, and the report can be read as before.",
        ),
    }
)


def html(number: str, language: Language, *, done: Of | None = None) -> str:
    return _page(language, number=number, done=done, nothing=False)


def no_link(language: Language) -> str:
    """What somebody sees whom half a link led here."""
    return _page(language, number="", done=None, nothing=True)


def _page(language: Language, *, number: str, done: Of | None, nothing: bool) -> str:
    other = Language.EN if language is Language.ID else Language.ID
    return templating.render(
        "unsubscribe.html",
        {
            "number": number, "language": language.value, "other": other.value, "done": done, "nothing": nothing,
            "colours": COLOURS, "say": lambda name: say(_WORDS[name], language).format(number=number),
        },
    )  # fmt: skip
