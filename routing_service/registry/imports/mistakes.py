"""What is wrong with a line of a file, in Indonesian and English. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from routing_service.registry.delegation.part import SENTENCES as SENTENCES_OF_PARTS
from shared.domain.sheets.mistakes import SENTENCES as SENTENCES_OF_FILES
from shared.domain.sheets.mistakes import Mistake
from shared.domain.wording import Wording

SENTENCES: Mapping[str, Wording] = MappingProxyType(
    {
        **SENTENCES_OF_FILES,
        **SENTENCES_OF_PARTS,
        "unknown_agency": ("Tidak ada instansi {code}.", "There is no agency {code}."),
        "unknown_category": ("Tidak ada kategori {code}.", "There is no category {code}."),
        "unknown_region": ("Tidak ada wilayah {code}.", "There is no region {code}."),
        "agency_cycle": (
            "{parent} adalah instansi ini sendiri atau berada di bawahnya.",
            "{parent} is this agency itself or below it.",
        ),
        "category_cycle": (
            "{parent} adalah kategori ini sendiri atau berada di bawahnya.",
            "{parent} is this category itself or below it.",
        ),
        "successor_cycle": (
            "{successor} adalah instansi ini sendiri atau berakhir di dalamnya.",
            "{successor} is this agency itself or ends in it.",
        ),
        "successor_needs_end": (
            "Instansi yang punya penerus harus punya hari terakhir.",
            "An agency that has a successor needs a last day.",
        ),
        "validity_reversed": (
            "Hari terakhir lebih awal daripada hari pertama.",
            "The last day lies before the first.",
        ),
        "agency_holds_reports": (
            "Koordinator instansi ini memegang laporan terbuka; pindahkan dahulu sebelum instansi ini diberi induk.",
            "The coordinator of this agency holds open reports; move them on before it gets a parent.",
        ),
        "only_of_an_instansi": (
            "Ini hanya dapat dinyalakan untuk instansi induk; tulis tidak.",
            "This is switched on for an instansi as a whole; write no.",
        ),
        "role_is_national": (
            "Admin pusat tidak termasuk instansi mana pun; kosongkan kolom agency.",
            "A national administrator belongs to no agency; leave the column agency empty.",
        ),
        "role_needs_agency": ("Peran ini harus punya instansi.", "This role needs an agency."),
        "role_of_instansi": (
            "Hanya instansi induk yang punya peran ini; catat di {instansi}.",
            "Only an instansi has this role; register them with {instansi}.",
        ),
    }
)


class RegistryMistake(Mistake):
    sentences: ClassVar[Mapping[str, Wording]] = SENTENCES
