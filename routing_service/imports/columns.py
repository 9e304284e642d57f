"""The columns that each kind of file may have: the same rules as in the bodies of the API."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum, auto
from typing import Any

from pydantic import TypeAdapter

from routing_service.imports.files import Column, Columns
from routing_service.imports.mistakes import Sentence
from routing_service.levels import AgencyLevel
from routing_service.officers.schemas import OfficerName, Subject
from routing_service.registry.schemas import AgencyKind, Day, Duties, Phone, ShortName, TimeZone, Website
from shared.duties import DUTIES
from shared.officers import Language, OfficerRole
from shared.regions import TIME_ZONES
from shared.wire import Code, EmailAddress, RegionCode, ShortText, Title


class ImportKind(StrEnum):
    AGENCIES = auto()
    OFFICERS = auto()
    CATEGORIES = auto()


def _as(shape: Any) -> Callable[[str], Any]:
    return TypeAdapter(shape).validate_python


_day_of: Callable[[str], date] = _as(Day)


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError("no day")
    return _day_of(text)


def _yes_or_no(text: str) -> bool:
    known = {"yes": True, "ya": True, "true": True, "1": True, "no": False, "tidak": False, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError("neither yes nor no")
    return known[text.lower()]


_DUTIES = TypeAdapter[list[str]](Duties)


def _duties(text: str) -> list[str]:
    return _DUTIES.validate_python(re.split(r"[\s|,;]+", text.strip(" |,;")))


def _one_of(values: Any) -> Sentence:
    known = ", ".join(values)
    return f"salah satu dari {known}", f"one of {known}"


_CODE: Sentence = (
    "kode: huruf, angka, titik, garis bawah atau tanda hubung, paling banyak 64",
    "a code: letters, digits, dots, underscores or hyphens, at most 64",
)
_TITLE: Sentence = ("teks paling banyak 200 huruf", "a text of at most 200 characters")
_DAY_EXPECTED: Sentence = ("tanggal seperti 2026-01-31", "a date such as 2026-01-31")
_EMAIL: Sentence = ("alamat surel", "an e-mail address")

_FROM = Column(_day, _DAY_EXPECTED)
_ACTIVE = Column(_yes_or_no, ("ya atau tidak", "yes or no"))

AGENCIES: Columns = {
    "code": Column(_as(Code), _CODE, needed=True),
    "name": Column(_as(Title), _TITLE, needed=True),
    "short_name": Column(_as(ShortName), ("teks paling banyak 60 huruf", "a text of at most 60 characters")),
    "kind": Column(_as(AgencyKind), _one_of(AgencyKind), needed=True),
    "level": Column(_as(AgencyLevel), _one_of(AgencyLevel)),
    "parent": Column(_as(Code), _CODE),
    "region": Column(_as(RegionCode), ("kode wilayah seperti 64.72", "the code of a region, such as 64.72")),
    "time_zone": Column(_as(TimeZone), _one_of(TIME_ZONES)),
    "duties": Column(_duties, (f"beberapa dari {', '.join(DUTIES)}", f"some of {', '.join(DUTIES)}")),
    "phone": Column(_as(Phone), ("nomor telepon", "a telephone number")),
    "email": Column(_as(EmailAddress), _EMAIL),
    "address": Column(_as(ShortText), ("teks paling banyak 500 huruf", "a text of at most 500 characters")),
    "website": Column(_as(Website), ("alamat situs seperti https://contoh.go.id", "an address such as https://a.go.id")),
    "valid_from": _FROM,
    "valid_until": _FROM,
    "successor": Column(_as(Code), _CODE),
    "active": _ACTIVE,
}  # fmt: skip

OFFICERS: Columns = {
    "agency": Column(_as(Code), _CODE),
    "role": Column(_as(OfficerRole), _one_of(OfficerRole), needed=True),
    "name": Column(_as(OfficerName), ("nama paling banyak 120 huruf", "a name of at most 120 characters"), needed=True),
    "email": Column(_as(EmailAddress), _EMAIL, needed=True),
    "language": Column(_as(Language), _one_of(Language)),
    "subject": Column(_as(Subject), ("teks paling banyak 200 huruf", "a text of at most 200 characters")),
    "active": _ACTIVE,
}

CATEGORIES: Columns = {
    "code": Column(_as(Code), _CODE, needed=True),
    "parent": Column(_as(Code), _CODE),
    "label_id": Column(_as(Title), _TITLE, needed=True),
    "label_en": Column(_as(Title), _TITLE, needed=True),
    "valid_from": _FROM,
    "valid_until": _FROM,
    "active": _ACTIVE,
}

#: The columns, and those that a file must have.
OF_KIND: dict[ImportKind, tuple[Columns, tuple[str, ...]]] = {
    ImportKind.AGENCIES: (AGENCIES, ("code",)),
    ImportKind.OFFICERS: (OFFICERS, ("agency", "role", "email")),
    ImportKind.CATEGORIES: (CATEGORIES, ("code",)),
}
