"""What is masked, and what stands in its place. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Any


class Kind(StrEnum):
    """What a mask hides. It is stored with the mask, so that a verifier sees why something was masked automatically."""

    NAME = auto()
    NIK = auto()
    KK = auto()
    NPWP = auto()
    PASSPORT = auto()
    SIM = auto()
    NIP = auto()
    BPJS = auto()
    NISN = auto()
    AKTA = auto()
    PHONE = auto()
    EMAIL = auto()
    BANK_ACCOUNT = auto()
    CARD = auto()
    PLATE = auto()
    IP = auto()
    BIRTH_DATE = auto()
    NUMBER = auto()  #: long, and of nothing that is known
    ADDRESS = auto()  #: of a person; only a verifier can tell it from the place of the trouble
    OTHER = auto()


class Source(StrEnum):
    MACHINE = auto()
    VERIFIER = auto()


class Field(StrEnum):
    TITLE = auto()
    BODY = auto()


#: Lower-case letters and spaces in brackets: what the search leaves out (see `PublicText.search`).
LABELS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.NAME: "[nama]",
        Kind.NIK: "[nik]",
        Kind.KK: "[kartu keluarga]",
        Kind.NPWP: "[npwp]",
        Kind.PASSPORT: "[paspor]",
        Kind.SIM: "[sim]",
        Kind.NIP: "[nip]",
        Kind.BPJS: "[bpjs]",
        Kind.NISN: "[nisn]",
        Kind.AKTA: "[akta]",
        Kind.PHONE: "[telepon]",
        Kind.EMAIL: "[surel]",
        Kind.BANK_ACCOUNT: "[rekening]",
        Kind.CARD: "[kartu]",
        Kind.PLATE: "[nomor kendaraan]",
        Kind.IP: "[alamat ip]",
        Kind.BIRTH_DATE: "[tanggal lahir]",
        Kind.NUMBER: "[nomor]",
        Kind.ADDRESS: "[alamat]",
        Kind.OTHER: "[disamarkan]",
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text: characters `start` to before `end`, as Python counts them."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Mask:
    field: Field
    span: Span
    source: Source
    lifted: bool = False  #: somebody above the agency found that it hides nobody

    def as_json(self) -> dict[str, Any]:
        span = self.span
        stored = {"field": self.field, "start": span.start, "end": span.end, "type": span.kind, "source": self.source}
        return stored | ({"lifted": True} if self.lifted else {})


def masks_of(stored: Iterable[Mapping[str, Any]]) -> list[Mask]:
    """Masks as `Mask.as_json` stored them."""
    return [
        Mask(
            Field(one["field"]),
            Span(one["start"], one["end"], Kind(one["type"])),
            Source(one["source"]),
            one.get("lifted", False),
        )
        for one in stored
    ]


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """What everybody may read of an official answer, and the masks that made it, which are all of its body."""

    body: str
    masks: tuple[Mask, ...]
    masking: int  #: which version of the machine's
