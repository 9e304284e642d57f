"""What the child process is told, and what it answers: numbers and codes, as JSON. Nobody's words. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum, auto
from typing import Any

from intake_api.evidence.kinds import HEIC, JPEG, PNG, WEBP
from shared.domain.evidence import Refusal

#: Kinds of files that are decoded; of a PDF and a video the parts are taken out and put together anew.
PICTURES = frozenset({JPEG, PNG, WEBP, HEIC})


class Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class FilePart(StrEnum):
    """What is made of a file."""

    WHOLE = auto()  #: all of it, written anew
    LARGE = auto()  #: thumbnails of a picture
    SMALL = auto()


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Of one file."""

    pixels: int = 50_000_000
    side: int = 20_000  #: pixels
    narrow: int = 8  #: pixels: the shorter side has at least so many
    pages: int = 100
    seconds: int = 180  #: of a video
    inflated_bytes: int = 256 * 2**20  #: what a PDF may hold once it is opened
    output_bytes: int = 256 * 2**20  #: of each part
    memory_bytes: int = 1024 * 2**20  #: of address space of the child
    cpu_seconds: int = 30
    wall_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Rectangle:
    """In pixels of the upright picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Task:
    """`kind`: the media type. `source` and `outputs`: file descriptors that the child inherits. `covered`: what is
    blackened of a picture.
    """

    kind: str
    source: int
    outputs: Mapping[FilePart, int]
    limits: FileLimits
    covered: Sequence[Rectangle] = ()
    parent: int = 0  #: the process that asks: without it the child has nothing to do

    def as_text(self) -> str:
        return json.dumps(
            {
                "kind": self.kind,
                "source": self.source,
                "outputs": dict(self.outputs),
                "limits": asdict(self.limits),
                "covered": [asdict(one) for one in self.covered],
                "parent": self.parent,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "Task":
        told = json.loads(text)
        return cls(
            str(told["kind"]),
            told["source"],
            {FilePart(name): number for name, number in told["outputs"].items()},
            FileLimits(**told["limits"]),
            [Rectangle(**one) for one in told["covered"]],
            int(told["parent"]),
        )


@dataclass(frozen=True, slots=True)
class Made:
    """One part, as it was written to its output."""

    media_type: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class CameraSaid:
    """What a file says of when and where it was taken. `taken_at` as it is written there, ISO 8601; without an offset
    it is the time of wherever the camera was.
    """

    taken_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    is_garbled: bool = False  #: there is something, and it cannot be read


@dataclass(frozen=True, slots=True)
class Looked:
    """What the child found: parts, and what the file says of itself."""

    parts: Mapping[FilePart, Made]
    said: CameraSaid = CameraSaid()
    pages: int | None = None
    seconds: float | None = None

    def as_text(self) -> str:
        return json.dumps({**asdict(self), "parts": {part: asdict(made) for part, made in self.parts.items()}})


def answer_of(text: str) -> Looked:
    """Raises Refused for a refusal, ValueError for whatever else is no answer: the child may be anybody's by now."""
    try:
        told: dict[str, Any] = json.loads(text)
        if "refused" in told:
            raise Refused(Refusal(told["refused"]))
        return Looked(
            {FilePart(name): _checked(Made, made) for name, made in told["parts"].items()},
            _checked(CameraSaid, told["said"]),
            _number(told["pages"]),
            None if told["seconds"] is None else float(told["seconds"]),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("no answer") from error


_SHAPES: Mapping[str, tuple[type, ...]] = {
    "media_type": (str,), "width": (int,), "height": (int,), "taken_at": (str,), "latitude": (float, int),
    "longitude": (float, int), "is_garbled": (bool,),
}  # fmt: skip


def _checked(kind: Any, told: Mapping[str, Any]) -> Any:
    for one in fields(kind):
        value = told[one.name]
        if value is not None and not isinstance(value, _SHAPES[one.name]):
            raise ValueError(f"{one.name} is no answer")
    return kind(**told)


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
