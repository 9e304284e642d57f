"""The words that a service adds to its OpenAPI document."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

Codes = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Said:
    """`names`: of schemas, by the name of the class, where that is short for use in the code and says too little
    outside of it. `tags`: what each group of operations is for. `codes`: of problems, by the id of an
    operation, and by status, beside those that every operation has. `headers`: of what an operation
    answers when it succeeds, beside those that follow from what it takes; `summaries`: where its description does not
    begin with one. `properties`: what they are, by `Schema.property` or,
    where they are the same everywhere, by their name alone; `parameters`: the same for those.
    """

    title: str
    description: str
    names: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    codes: Codes = field(default_factory=dict)
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    summaries: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


def codes_of(package: str) -> Codes:
    """Those that `make docs` has read from the code of a service."""
    found: Codes = json.loads((resources.files(package) / "data" / "codes.json").read_text("utf-8"))
    return found
