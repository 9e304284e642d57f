"""`/`: where the pages about the API and the guides are. Made here, readable without scripts, in both languages."""

from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

from shared.domain.wording import Language
from shared.http.colours import COLOURS

PREFIXES = {"intake_api": "intake", "routing_service": "routing", "sla_monitor": "sla"}

#: In a working copy; an installed package has none.
GUIDES = Path(__file__).parents[2] / "docs"


class Service(NamedTuple):
    """Where a browser finds one of the three, and what it does, in Indonesian and English."""

    base: str
    name: str
    does: tuple[str, str]


DOES = {
    "intake_api": (
        "menerima laporan warga dari semua kanal dan menunjukkan perkembangannya",
        "accepts reports of citizens from every channel and shows where they stand",
    ),
    "routing_service": (
        "menugaskan laporan ke instansi yang berwenang dan mencatat tindak lanjutnya",
        "assigns reports to the competent agency and keeps what it does about them",
    ),
    "sla_monitor": (
        "mengawasi tenggat, mengeskalasi yang terlambat, dan menyusun teguran",
        "watches deadlines, escalates what is late, and compiles reprimands",
    ),
}

_WORDS = {
    "title": ("LAPOR!: antarmuka pemrograman", "LAPOR!: the programming interface"),
    "about": (
        "Sistem ini terdiri atas tiga layanan. Halaman tiap layanan menjelaskan semua operasinya; di sana operasi "
        "dapat dicoba dengan sebuah token.",
        "The system consists of three services. The page of each explains all of its operations, and lets them be "
        "tried with a token.",
    ),
    "open": ("Untuk semua orang", "For everybody"),
    "services": ("Layanan", "Services"),
    "try": ("penjelasan dan uji coba", "explanations and trying out"),
    "read": ("untuk dibaca", "for reading"),
    "document": ("dokumen OpenAPI", "OpenAPI document"),
    "guides": ("Panduan (dalam bahasa Inggris)", "Guides"),
    "other": ("English", "Bahasa Indonesia"),
}

_STYLE = COLOURS + (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:var(--ink);"
    "background:var(--paper)}a{color:var(--blue)}a:focus-visible{outline:3px solid var(--blue);outline-offset:2px}"
    "h1{line-height:1.25}li{margin:.5rem 0}"
)


#: Pages without a log-in: the service of each, its path, what it shows.
_OPEN = (
    ("intake_api", "/map", ("Peta laporan menurut wilayah", "Reports by place, on a map")),
    ("sla_monitor", "/performance", ("Kinerja instansi", "How agencies do")),
    (
        "intake_api",
        "/r",
        ("Laporan saya, dengan kode akses", "A report of one's own, by its access code"),
    ),
)


def start_page(language: Language, services: list[Service]) -> str:
    at = 0 if language is Language.ID else 1
    words = {name: said[at] for name, said in _WORDS.items()}
    other = Language.EN if language is Language.ID else Language.ID
    guides = "".join(_guides())
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words['title']}</title><style>{_STYLE}</style></head><body>"
        f'<header><a href="?lang={other}" hreflang="{other}" lang="{other}">{words["other"]}</a></header>'
        f"<main><h1>{words['title']}</h1><p>{words['about']}</p>"
        f"<h2>{words['open']}</h2><ul>{''.join(_open_pages(services, language, at))}</ul>"
        f"<h2>{words['services']}</h2><ul>{''.join(_line(one, language, at, words) for one in services)}</ul>"
        + (f'<h2>{words["guides"]}</h2><ul lang="en">{guides}</ul>' if guides else "")
        + "</main></body></html>"
    )


def _open_pages(services: list[Service], language: Language, at: int) -> Iterator[str]:
    bases = {one.name: escape(one.base) for one in services}
    for service, path, name in _OPEN:
        if service in bases:
            yield f'<li><a href="{bases[service]}{path}?lang={language}">{name[at]}</a></li>'


def _line(service: Service, language: Language, at: int, words: dict[str, str]) -> str:
    base, name = escape(service.base), service.name
    return (
        f"<li><strong>{name}</strong> {service.does[at]}: "
        f'<a href="{base}/docs?lang={language}">{name}: {words["try"]}</a>, '
        f'<a href="{base}/redoc?lang={language}">{name}: {words["read"]}</a>, '
        f'<a href="{base}/openapi.json?lang={language}">{name}: {words["document"]}</a></li>'
    )


def _guides() -> Iterator[str]:
    for name, title in guides().items():
        yield f'<li><a href="guides/{escape(name)}">{escape(title)}</a></li>'


@cache
def guides() -> dict[str, str]:
    """File names and headings."""
    return {
        file.name: file.read_text("utf-8").partition("\n")[0].removeprefix("# ") for file in sorted(GUIDES.glob("*.md"))
    }
