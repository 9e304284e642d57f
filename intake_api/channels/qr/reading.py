"""What a form of the page says, as a submission. No I/O."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from intake_api.channels.qr.shown import ScannedCode
from intake_api.submissions.schemas import ReportSubmission
from shared.domain.codes import Channel
from shared.domain.folding import is_blank
from shared.domain.lifecycle import Classification
from shared.errors import Invalid
from shared.http import field_errors

Form = Mapping[str, str]
NOTHING_TYPED: Form = MappingProxyType({})

#: What people give of themselves; a field that is left empty is not said.
CONTACT = ("name", "phone", "email")
#: Of a title, which is made of their first words: its readers are verifiers, who write another one.
_TITLE_LETTERS = 100
_TITLE_MOST, _PLACE_MOST = 200, 500
#: How the form calls what a submission calls otherwise.
_FIELD_OF = {"title": "body", "text": "place"}


def submission(form: Form, scanned: ScannedCode | None, reference: str) -> ReportSubmission:
    """`scanned` None: of the page without a code. `reference`: of the page that was shown. Raises Invalid."""
    words = form.get("body", "")
    if is_blank(words):
        raise Invalid("Write what is wrong.", pointer="/body")
    values: dict[str, Any] = {
        "classification": Classification.COMPLAINT, "title": _title(words, scanned), "body": words,
        "channel": Channel.WEB if scanned is None else Channel.QR, "external_reference": reference,
        "anonymous": form.get("anonymous") == "yes", "secret": form.get("secret") == "yes",
        "location": _location(form, scanned),
        "reporter": {name: form[name] for name in CONTACT if not is_blank(form.get(name, ""))},
    }  # fmt: skip
    if scanned is not None:
        values |= {
            "agency": scanned.agency,
            "category": scanned.category,
            "external_reference": f"{scanned.code}.{reference}",
        }
    try:
        return ReportSubmission.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][-1]) if first["loc"] else ""
        sentence = field_errors.told({**first, "loc": ("body", *first["loc"])}, ReportSubmission)["message"]
        raise Invalid(sentence, pointer=f"/{_FIELD_OF.get(name, name)}") from None


def _title(words: str, scanned: ScannedCode | None) -> str:
    first = " ".join(words.split())
    if len(first) > _TITLE_LETTERS:
        first = first[:_TITLE_LETTERS].rpartition(" ")[0] or first[:_TITLE_LETTERS]
        first += " ..."
    return (first if scanned is None else f"{scanned.label}: {first}")[:_TITLE_MOST]


def _location(form: Form, scanned: ScannedCode | None) -> dict[str, Any]:
    if scanned is None:
        place = form.get("place", "")
        return {} if is_blank(place) else {"text": place}
    said = {
        "text": scanned.where[:_PLACE_MOST], "latitude": scanned.latitude, "longitude": scanned.longitude,
        "region_code": scanned.region,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}
