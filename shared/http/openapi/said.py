"""The words that a service adds to its OpenAPI document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """`names`: of schemas, by the name of the class, where that is short for use in the code and says too little
    outside of it. `tags`: what each group of operations is for. `headers`: of what an operation
    answers when it succeeds, beside those that follow from what it takes; `summaries`: where its description does not
    begin with one. `properties`: what they are, by `Schema.property` or,
    where they are the same everywhere, by their name alone; `parameters`: the same for those.
    """

    title: str
    description: str
    names: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    summaries: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
