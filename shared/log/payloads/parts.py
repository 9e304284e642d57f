"""How a frozen class is read from the JSON of an event, and written as it. Pure.

A field says in its annotation what it means: `poor: Annotated[bool, "the reporter is not content"]`. These rules hold:

- A field that has a default is left out of the JSON while it has it. Any other is written, as null if it is None.
- A field that is not in the JSON reads as its default, or as None where it may be None: an older release wrote less.
- What the class does not know is passed over: a newer release writes more.
- A code that an enum does not have is read all the same (`code`): a newer release has more of them.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from enum import Enum, StrEnum, auto
from typing import (
    Annotated,
    Any,
    ClassVar,
    NamedTuple,
    Self,
    TypeGuard,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from shared.domain.lifecycle import Holder, Level
from shared.domain.newer import code

Json = Mapping[str, Any]


class Unreadable(ValueError):
    """The JSON lacks what its type needs, or has something else in its place."""


@dataclass(frozen=True, slots=True)
class Key:
    """The name of a field in the JSON, where Python cannot call it so."""

    name: str


@dataclass(frozen=True, slots=True)
class Since:
    """The release that wrote a field first."""

    release: str


class FieldNote(Enum):
    FLAT = auto()  #: the fields of the part stand beside those of the whole
    LEADS = auto()  #: leads to the person who reported: not told of a report that is anonymous or secret


FLAT, LEADS = FieldNote
FIRST_RELEASE = "0.1"


def _holder(value: Json) -> Holder:
    return Holder(code(Level, value["level"]), value["agency"])


class Field(NamedTuple):
    """What is known of a field: for reading, for writing, and for docs/events.md."""

    name: str
    key: str
    meaning: str
    since: str
    hint: Any  #: its type, without None
    default: Any  #: MISSING: it is always written
    nullable: bool
    flat: bool
    leads: bool
    takes_null: bool
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


@dataclass(frozen=True)
class Part:
    """Something that the JSON of an event holds."""

    takes_null: ClassVar[bool] = False  #: null in the JSON says something, too

    @classmethod
    def from_data(cls, data: Json) -> Self:
        """Raises Unreadable."""
        values: dict[str, Any] = {}
        for field in fields_of(cls):
            try:
                value = _read(field, data)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise Unreadable(f"{cls.__name__}: {field.key} is missing or not as it should be") from error
            if value is not MISSING:
                values[field.name] = value
        return cls(**values)

    def as_data(self) -> dict[str, Any]:
        """What is stored; `shared.log.events.canonical` gives the text."""
        data: dict[str, Any] = {}
        for name, key, default, flat, write in _written(type(self)):
            value = getattr(self, name)
            if flat:
                data |= {} if value is None else value.as_data()
            elif default is MISSING or value != default:
                data[key] = value if value is None or write is _same else write(value)
        return data


def _read(field: Field, data: Json) -> Any:
    if field.flat:
        return field.hint.from_data(data) if not field.nullable or _tells(field.hint, data) else None
    if field.key not in data:
        if field.default is MISSING and field.nullable:
            return None
        if field.default is MISSING:
            raise KeyError(field.key)
        return MISSING
    value = data[field.key]
    if value is None and not field.nullable:
        raise TypeError(field.key)
    return None if value is None and field.nullable and not field.takes_null else field.read(value)


def _tells(part: type[Part], data: Json) -> bool:
    """Whether the JSON has what this part cannot be without."""
    return all(field.key in data for field in fields_of(part) if field.default is MISSING and not field.nullable)


_Written = tuple[str, str, Any, bool, Callable[[Any], Any]]
_WRITTEN: dict[Any, tuple[_Written, ...]] = {}


def _written(part: type[Part]) -> tuple[_Written, ...]:
    """What writing needs of each field: every submission writes."""
    found = _WRITTEN.get(part)
    if found is None:
        told = ((field.name, field.key, field.default, field.flat, field.write) for field in fields_of(part))
        found = _WRITTEN[part] = tuple(told)
    return found


_FIELDS: dict[Any, tuple[Field, ...]] = {}


def fields_of(part: type[Part]) -> tuple[Field, ...]:
    if part not in _FIELDS:
        hints = get_type_hints(part, include_extras=True)
        _FIELDS[part] = tuple(_field(one.name, hints[one.name], one.default) for one in fields(part))
    return _FIELDS[part]


def _field(name: str, hint: Any, default: Any) -> Field:
    notes: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        notes = tuple(rest)
    nullable = get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)
    if nullable:
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    read, write = _codec(hint)
    return Field(
        name=name,
        key=next((note.name for note in notes if isinstance(note, Key)), name),
        meaning=next((note for note in notes if isinstance(note, str)), ""),
        since=next((note.release for note in notes if isinstance(note, Since)), FIRST_RELEASE),
        hint=hint,
        default=default,
        nullable=nullable,
        flat=FLAT in notes,
        leads=LEADS in notes,
        takes_null=is_part(hint) and hint.takes_null,
        read=read,
        write=write,
    )


def _codec(hint: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    if get_origin(hint) is tuple:
        read, write = _codec(get_args(hint)[0])
        return lambda values: tuple(map(read, values)), lambda values: list(map(write, values))
    if get_origin(hint) is not None or not isinstance(hint, type):
        return _same, _same
    if issubclass(hint, StrEnum):
        return lambda value: code(hint, value), str
    if is_part(hint):
        return hint.from_data, hint.as_data
    if hint not in _CODECS:
        raise TypeError(f"A field of an event cannot be a {hint.__name__}: say here how it is read and written.")
    return _CODECS[hint]


def _same(value: Any) -> Any:
    return value


_CODECS: Mapping[Any, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    **dict.fromkeys((str, int, float, bool), (_same, _same)),
    date: (date.fromisoformat, date.isoformat),
    UUID: (UUID, str),
    datetime: (datetime.fromisoformat, datetime.isoformat),
    Holder: (_holder, Holder.as_data),
}


def is_part(hint: Any) -> TypeGuard[type[Part]]:
    return isinstance(hint, type) and issubclass(hint, Part)
