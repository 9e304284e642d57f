"""What reports are about, in plain words: some two dozen subjects that a citizen can choose from, above the categories.

A citizen does not know the categories of an office. A subject is chosen with one look at what it means; it helps to
find the category, and so the agency. `GET /v1/codes` lists them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from shared.domain.wording import Wording


@dataclass(frozen=True, slots=True)
class Subject:
    code: str
    label: Wording
    meaning: Wording
    categories: frozenset[str]  #: each with those below it, but for what another subject names


@cache
def subjects() -> Mapping[str, Subject]:
    """In the order in which they are offered."""
    listed = json.loads((resources.files("shared") / "data" / "subjects.json").read_text("utf-8"))["subjects"]
    return MappingProxyType(
        {
            one["code"]: Subject(
                one["code"],
                (one["label_id"], one["label_en"]),
                (one["meaning_id"], one["meaning_en"]),
                frozenset(one["categories"]),
            )
            for one in listed
        }
    )


def subject_of(line: Iterable[str]) -> str | None:
    """The subject of a category. `line`: the category and those above it, in that order."""
    return next((code for one in line if (code := _by_category().get(one)) is not None), None)


@cache
def _by_category() -> Mapping[str, str]:
    return {category: one.code for one in subjects().values() for category in one.categories}


def known_subject(code: str) -> str:
    """For a field of a request. Raises ValueError."""
    if code not in subjects():
        raise ValueError("there is no such subject; `GET /v1/codes` of intake_api lists them")
    return code
