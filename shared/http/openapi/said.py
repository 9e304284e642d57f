"""The words that a service adds to its OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """`names`: of schemas, by the name of the class, where that is short for use in the code and says too little
    outside of it.
    """

    title: str
    description: str
    names: Mapping[str, str] = field(default_factory=dict)
