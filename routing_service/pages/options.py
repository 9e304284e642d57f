"""What the forms of a report's page let somebody choose from, as lists of a code and what it is called. No I/O."""

from collections.abc import Iterable, Mapping
from typing import Any

from routing_service.pages.boxes import BOXES, Box
from routing_service.pages.shown import Shown
from routing_service.report.masks import Kind
from shared.clients import Client, Role
from shared.domain.codes import ARCHIVE_REASONS, CLASSIFICATIONS, OVERRIDE_REASONS, RETURN_REASONS, ReturnReason
from shared.domain.wording import Language, Wording, say
from shared.pages.seat import Seat

Options = list[tuple[str, str]]

#: What can be done to several reports of a box at once.
BULK: Mapping[Box, tuple[str, ...]] = {
    Box.UNVERIFIED: ("archive",), Box.UNDISPOSED: ("dispose", "archive"), Box.RETURNED: ("archive",),
}  # fmt: skip


def labelled(labels: Mapping[Any, Wording], language: Language, *, without: Iterable[str] = ()) -> Options:
    return [(str(code), say(label, language)) for code, label in labels.items() if code not in set(without)]


def archive_reasons(language: Language) -> Options:
    return labelled(ARCHIVE_REASONS, language)


#: Of all that a mask can hide, what an officer is asked to tell apart.
_KINDS = (Kind.OTHER, Kind.NAME, Kind.ADDRESS, Kind.PHONE, Kind.EMAIL, Kind.NIK, Kind.PLATE, Kind.BANK_ACCOUNT,
          Kind.NUMBER)  # fmt: skip


def mask_kinds(seat: Seat) -> Options:
    look = seat.request.app.state.look
    return [(kind.value, look.say(seat.language, f"kind_{kind.value}")) for kind in _KINDS]


def choices(found: Shown, client: Client, language: Language) -> dict[str, Any]:
    categories = [(row.code, _indented(row, language)) for row in found.categories]
    return {
        "classes": labelled(CLASSIFICATIONS, language), "archive_reasons": archive_reasons(language),
        "return_reasons": labelled(RETURN_REASONS, language, without=(ReturnReason.AGENCY_ENDED,)),
        "override_reasons": labelled(OVERRIDE_REASONS, language), "categories": categories,
        "agencies": [(row.code, row.name) for row in found.agencies], "boxes": set(BOXES.get(client.role, ())),
        "national": client.role is Role.NATIONAL_ADMIN,
        "instansi": {row.code for row in found.agencies if client.role is Role.NATIONAL_ADMIN},
    }  # fmt: skip


def _indented(row: Any, language: Language) -> str:
    label: str = row.label_id if language is Language.ID else row.label_en
    return label if row.parent_code is None else f"· {label}"
