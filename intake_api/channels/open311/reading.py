"""What a client says of a report, as a submission."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from intake_api.channels.open311.forms import Form
from intake_api.submissions.schemas import ReportSubmission
from shared.clients import Client, Role
from shared.domain.lifecycle import Classification
from shared.errors import Invalid
from shared.ids import framed

#: The service of what belongs to no category.
UNCATEGORISED = "uncategorised"
#: Attributes that name the sender's own number of a report, the first that is there; FixMyStreet fills the last one.
REFERENCES = ("external_id", "fixmystreet_id")
LONGEST_TITLE = 200
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_.-]{1,64})\]")
#: How FixMyStreet begins a description that is to hold everything.
_TITLE = re.compile(r"title:\s*(\S[^\n]*)", re.IGNORECASE)
_YES, _NO = frozenset({"true", "1", "yes", "ya", "on"}), frozenset({"false", "0", "no", "tidak", "off"})

#: Fields of ours, by the name that a client knows them by.
FIELDS: Mapping[str, str] = {
    "/body": "description",
    "/title": "attribute[title]",
    "/category": "service_code",
    "/agency": "jurisdiction_id",
    "/location": "lat, long",
    "/location/latitude": "lat",
    "/location/longitude": "long",
    "/location/text": "address_string",
    "/location/region_code": "attribute[region_code]",
    "/reporter/email": "email",
    "/reporter/phone": "phone",
    "/reporter/name": "first_name, last_name",
    "/reporter": "first_name, last_name, email, phone",
    "/reporter_reference": "account_id",
    "/occurred_on": "attribute[occurred_on]",
    "/classification": "attribute[classification]",
    "/external_reference": "attribute[external_id]",
    "/anonymous": "attribute[anonymous]",
    "/secret": "attribute[secret]",
    "/media_url": "media_url",
}


class Handed(NamedTuple):
    """`key`: under which it is taken once; `named`: by the sender's own number of it."""

    submission: ReportSubmission
    key: str
    named: bool


def attributes(form: Form) -> dict[str, str]:
    found = ((_ATTRIBUTE.fullmatch(name), value) for name, value in form.items())
    return {match[1]: value for match, value in found if match}


def handed_in(form: Form, client: Client) -> Handed:
    """Raises RequestValidationError, Invalid."""
    said = attributes(form)
    reference = next((said[name] for name in REFERENCES if name in said), None)
    _check_complete(form)
    fields = {
        "classification": said.get("classification", Classification.COMPLAINT.value),
        "title": said.get("title") or title_of(form.get("description", "")),
        "body": form.get("description"),
        "occurred_on": _day(said.get("occurred_on")),
        "location": _location(form, said),
        "category": None if form["service_code"] == UNCATEGORISED else form["service_code"],
        "agency": form.get("jurisdiction_id"),
        "anonymous": _yes_or_no(said, "anonymous"),
        "secret": _yes_or_no(said, "secret"),
        "external_reference": reference,
        "reporter_reference": form.get("account_id") if client.role is Role.REPORTER_APP else None,
        "reporter": _reporter(form),
    }
    try:
        submission = ReportSubmission.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        found = [one for one in error.errors(include_url=False, include_input=False) if _is_sent(one["loc"], said)]
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None
    return Handed(submission, f"open311:{_digest(form, reference)}", named=reference is not None)


def _is_sent(location: tuple[int | str, ...], said: Mapping[str, str]) -> bool:
    """A title that was made of a description is wrong where that is."""
    return location != ("title",) or "title" in said


def title_of(description: str) -> str:
    """What it begins with, as far as a title goes."""
    named = _TITLE.match(description)
    first = " ".join((named[1] if named else description.strip().partition("\n")[0]).split())
    if len(first) <= LONGEST_TITLE:
        return first
    return first[: LONGEST_TITLE - 1].rpartition(" ")[0][:LONGEST_TITLE] or first[:LONGEST_TITLE]


def _check_complete(form: Form) -> None:
    """Raises RequestValidationError: all that is missing, at once."""
    missing = [name for name in ("service_code", "description") if name not in form]
    if not ({"lat", "long"} <= form.keys() or form.keys() & {"address_string", "address_id"}):
        missing.append("lat, long")
    if missing:
        raise RequestValidationError([{"type": "missing", "loc": ("body", name)} for name in missing])


def _location(form: Form, said: Mapping[str, str]) -> dict[str, Any]:
    address = ", ".join(form[name] for name in ("address_string", "address_id") if name in form)
    return {
        "text": address or None, "latitude": _degrees(form, "lat"), "longitude": _degrees(form, "long"),
        "region_code": said.get("region_code"),
    }  # fmt: skip


def _degrees(form: Form, name: str) -> float | None:
    try:
        found = float(form[name]) if name in form else None
    except ValueError:
        found = math.nan
    if found is not None and not math.isfinite(found):
        raise Invalid("Give a number.", pointer=f"/{name}", code="wrong_type")
    return found


def _reporter(form: Form) -> dict[str, Any]:
    name = " ".join(form[part] for part in ("first_name", "last_name") if part in form)
    return {"name": name or None, "email": form.get("email"), "phone": form.get("phone")}


def _yes_or_no(said: Mapping[str, str], name: str) -> bool:
    answer = said.get(name, "false").lower()
    if answer not in _YES | _NO:
        raise Invalid("Give true or false.", pointer=f"/{name}", code="wrong_form")
    return answer in _YES


def _day(said: str | None) -> str | None:
    """Of a W3C date, with a time or without."""
    if said is None:
        return None
    try:
        return datetime.fromisoformat(said).date().isoformat()
    except ValueError:
        raise Invalid("Give a date, such as 2026-01-31.", pointer="/occurred_on", code="wrong_form") from None


def _digest(form: Form, reference: str | None) -> str:
    """A form without a reference of the sender's is known by all that it says."""
    if reference is not None:
        return hashlib.sha256(framed("reference", reference)).hexdigest()
    told = sorted((name, value) for name, value in form.items() if name not in ("api_key", "extensions"))
    return hashlib.sha256(framed(*(part for pair in told for part in pair))).hexdigest()
