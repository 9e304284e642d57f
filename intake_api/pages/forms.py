"""What a form of the mailbox says."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from intake_api.notifications.choices.schemas import NewsWish
from intake_api.reporters.schemas import Consent, Objection, Rating, Reply, ReporterAction
from shared.domain.folding import is_blank
from shared.errors import Invalid, bad_cursor

#: Code, act, token, language and the fields of one act.
_MOST_FIELDS = 20
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,512}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")

#: The act of the form that asks how the reporter is told.
NEWS = "news"

Form = Mapping[str, str]


def parsed(sent: bytes) -> Form:
    """The last value of each field; empty where the body is no form."""
    try:
        pairs = parse_qsl(sent.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        return {}
    return {name: value.replace("\r\n", "\n") for name, value in pairs if "\x00" not in value}


def token(form: Form) -> str | None:
    """What makes the form count once, however often a browser sends it."""
    found = form.get("once", "")
    return found if _TOKEN.fullmatch(found) else None


def cursor(form: Form) -> str | None:
    """Of the older messages that are asked for. Raises Invalid."""
    found = form.get("cursor") or None
    if found is not None and not _CURSOR.fullmatch(found):
        raise bad_cursor()
    return found


def act_of(form: Form) -> ReporterAction | None:
    """None: the report is only to be shown."""
    try:
        return ReporterAction(form.get("act", ""))
    except ValueError:
        return None


def is_about_news(form: Form) -> bool:
    """The form asks how the reporter is told, which no act of theirs is."""
    return form.get("act") == NEWS


def wish(form: Form) -> NewsWish:
    """How they want to be told; nothing chosen: whatever fits. Raises Invalid."""
    try:
        return NewsWish.model_validate({name: form.get(name) or None for name in NewsWish.model_fields})
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise Invalid("Choose one of the ways and languages that the page offers.", pointer=f"/{field}") from None


def said(form: Form, act: ReporterAction) -> BaseModel | None:
    """What the act takes, as the operation of its name does; None: nothing. Raises Invalid."""
    words = form.get("body", "")
    if act is ReporterAction.REPLY:
        return _read(Reply, {"body": words})
    if act is ReporterAction.RATE:
        comment = None if is_blank(words) else words
        score = form.get("score", "")
        chosen = {"score": int(score) if score.isdecimal() and score.isascii() and len(score) == 1 else None}
        return _read(Rating, chosen | {"resolved": _CHOICES.get(form.get("resolved", "")), "comment": comment})
    if act is ReporterAction.CONSENT:
        return _read(Consent, {"purpose": form.get("purpose"), "granted": _CHOICES.get(form.get("granted", ""))})
    if act is ReporterAction.WITHDRAW:
        if form.get("sure") != "yes":
            raise Invalid("Tick the box to say that you are sure; a withdrawal is for good.", pointer="/sure")
        return None
    return _read(Objection, {"body": None if is_blank(words) else words})


_CHOICES = {"yes": True, "no": False}

_LACKING = {
    "body": "Write what you want to say, in at most 20,000 characters.",
    "comment": "Write what you want to say, in at most 20,000 characters.",
    "score": "Choose from one to five stars.",
    "resolved": "Say whether the trouble is over.",
    "granted": "Say yes or no.",
    "purpose": "Say yes or no.",
}


def _read(model: type[BaseModel], values: Mapping[str, object]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise Invalid(_LACKING[field], pointer=f"/{field}") from None
