"""Types of the wire: strict bodies, text that PostgreSQL can store, pages, cursors, versions."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from fastapi import Header
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from shared.domain import folding
from shared.domain.regions import REGION_PATTERN
from shared.domain.subjects import known_subject
from shared.domain.wording import Language, Wording, say
from shared.errors import VersionMismatch, bad_cursor
from shared.ids import FEWEST_TRACKING_DIGITS, TRACKING_DIGITS

Item = TypeVar("Item")
Shape = TypeVar("Shape")
Row = TypeVar("Row")


class Schema(BaseModel):
    """What a caller sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What a caller gets; may grow, so that clients ignore what they do not know."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Bilingual(Answer):
    """For people: Indonesian and English."""

    id: str
    en: str

    @classmethod
    def of(cls, wording: Wording) -> Self:
        return cls(id=wording[0], en=wording[1])

    def said(self, language: Language) -> str:
        return say((self.id, self.en), language)


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("NUL characters are not allowed")
    return value


Storable = AfterValidator(_storable)
StoredText = Annotated[str, Storable]


def _seen(value: str) -> str:
    """In NFC, so that what looks the same is found by the same words."""
    if folding.is_blank(value):
        raise ValueError("write something that can be seen")
    return folding.composed(value)


Seen = AfterValidator(_seen)

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Storable, Seen]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), Storable, Seen]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Storable, Seen]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
#: One of those that a citizen can choose from.
SubjectCode = Annotated[Code, AfterValidator(known_subject)]
#: Becomes a header of a mail, so that it may hold no line break.
EmailAddress = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$"
    ),
]
RegionCode = Annotated[str, StringConstraints(max_length=13, pattern=REGION_PATTERN)]
#: Ten digits; zeros in front, which spreadsheets drop, may be missing.
TrackingNumber = Annotated[
    str,
    StringConstraints(pattern=rf"^[0-9]{{{FEWEST_TRACKING_DIGITS},{TRACKING_DIGITS}}}$"),
    AfterValidator(lambda number: number.zfill(TRACKING_DIGITS)),
]


def _plausible(instant: datetime) -> datetime:
    if not 1900 <= instant.year <= 2200:
        raise ValueError("the year must lie between 1900 and 2200")
    return instant.astimezone(UTC)


#: An instant that PostgreSQL and every time zone can hold.
Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]
Sequence32 = Annotated[int, Field(ge=0, le=2**31 - 1)]  # what an integer column holds

Limit = Annotated[int, Field(ge=1, le=200)]
DEFAULT_LIMIT = 50
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9_-]+$")]


class PageParams(Schema):
    """`?limit=` and `?cursor=` of every list; a list adds its filters by inheriting.

    A list has an order in which every line has a position: the values of its sort columns. Read `rows` lines from
    behind `position` on, and `cut` them.
    """

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None
    _list: tuple[str, ...] = PrivateAttr(())

    def in_list(self, *names: object) -> Self:
        """The same for one list alone: which it is, and whose. Its cursors are good there and nowhere else."""
        named = self.model_copy()
        named._list = tuple(map(str, names))
        return named

    @property
    def rows(self) -> int:
        """One more than the page shows: it tells that there is a next page."""
        return self.limit + 1

    def position(self, shape: type[Shape]) -> Shape | None:
        """Of the last line of the page before.

        Raises Invalid (422) for a cursor that we did not make, or that belongs to another list, other filters or
        another sort.
        """
        if self.cursor is None:
            return None
        mark = self._mark()
        if mark is None:
            return decode_cursor(self.cursor, shape)
        values = decode_cursor(self.cursor, list[Any])
        if values[-1:] != [mark]:
            raise bad_cursor()
        return decode_cursor(encode_cursor(*values[:-1]), shape)

    def key(self, shape: type[tuple[Shape, ...]]) -> Shape | None:
        """The same in a list that is ordered by a single column."""
        found = self.position(shape)
        return None if found is None else found[0]

    def cut(
        self, found: Sequence[Row], position: Callable[[Row], Sequence[object]]
    ) -> tuple[Sequence[Row], str | None]:
        """What the page shows of `rows` lines that were read, and the cursor of the next page, if there is one."""
        shown = found[: self.limit]
        return shown, self.cursor_at(*position(shown[-1])) if len(found) > self.limit else None

    def cursor_at(self, *position: object) -> str:
        mark = self._mark()
        return encode_cursor(*position) if mark is None else encode_cursor(*position, mark)

    def _mark(self) -> str | None:
        """Of the list, the filters and the sort that were asked for, if any. Short, for it only finds mistakes."""
        asked = self.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_defaults=True)
        if not asked and not self._list:
            return None
        return hashlib.sha256(json.dumps([*self._list, asked], sort_keys=True).encode()).hexdigest()[:12]


class Page(Answer, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = None


def encode_cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(canonical_values(values).encode()).decode().rstrip("=")


def canonical_values(values: Sequence[Any]) -> str:
    """The text of a cursor."""
    return json.dumps(values, separators=(",", ":"), default=str)


def decode_cursor(cursor: str, shape: type[Shape]) -> Shape:
    """The values that `encode_cursor` was given. Raises Invalid (422) for a cursor that we did not make."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return TypeAdapter(shape).validate_json(text)
    except (binascii.Error, UnicodeDecodeError, ValidationError) as error:
        raise bad_cursor() from error


IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=64, description='The ETag of the report, such as `"4"`.')
]


#: How the reporter sees a report; an ETag of it is good for an act. That of the public counts something else.
OWN_VIEW = "own"
#: How those who work on a report see it.
WORK_VIEW = "work"


def etag(version: int, *view: str) -> str:
    """`view`: whose it is, and in which language, where one address shows several."""
    return f'"{".".join((str(version), *view))}"'


def _version(candidate: str) -> str:
    version, _, view = candidate.strip().removeprefix("W/").strip('"').partition(".")
    return version if view.partition(".")[0] in ("", OWN_VIEW, WORK_VIEW) else ""


def check_version(if_match: str | None, version: int, *, of: str = "report") -> None:
    """Raises VersionMismatch (412) unless the caller saw the version that is stored."""
    if if_match is None or if_match.strip() == "*":
        return
    if str(version) not in map(_version, if_match.split(",")):
        raise VersionMismatch(f"The {of} has changed since you read it; its version is {version} now.")


class FieldError(Answer):
    pointer: str = Field(
        description="A JSON pointer into the body; `query/...`, `path/...` or `header/...` for what stands elsewhere."
    )
    message: str = Field(description="For people, in the language that was asked for.")
    code: str | None = Field(None, description="Stable; the table in docs/integrating.md has them all.")


class Problem(Answer):
    """RFC 9457. `code` is stable and for programs; `detail` is a sentence for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldError] | None = None
    tracking_number: str | None = Field(None, description="Of your own report, where you have submitted it before.")


SortOrder = Literal["asc", "desc"]
