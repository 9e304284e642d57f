import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.paging import Position
from shared.domain import folding
from shared.domain.lifecycle import Status
from shared.queries.agency_names import name_at
from shared.queries.supports import SUPPORTS
from shared.schema import Agency, Category, PublicText, Region, Report

#: Word for word the predicate of `reports_published_idx`, so that the list walks this index.
PUBLISHED = text("published_at IS NOT NULL AND NOT secret AND status NOT IN ('archived', 'withdrawn', 'merged')")
_METRES_PER_DEGREE = 111_320.0
#: So many degrees of longitude are as long as one of latitude where Indonesia lies farthest from the equator.
_WIDEST_DEGREE = 1.03

#: Where nothing is masked yet, neither is shown: the title may be what the reporter wrote.
_TITLE = PublicText.title.label("title")
_EXCERPT = func.left(PublicText.body, 300).label("excerpt")
#: What somebody writes who knows how to search.
_OPERATORS = re.compile(r'"|(?:^|\s)-\w|\bor\b', re.IGNORECASE)


_WORD = re.compile(r"[^\W_]+")
#: A shorter beginning of a word is the beginning of too many: `kata` stands in every text.
SHORTEST_BEGINNING = 4


@dataclass(frozen=True, slots=True)
class Circle:
    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True, slots=True)
class Filters:
    q: str | None
    region: str | None
    agency: str | None
    category: str | None
    statuses: Sequence[Status] | None
    near: Circle | None
    received: tuple[datetime, datetime] | None = None  #: from the first until before the second


class Search(Enum):
    """How `q` is looked for, in what is masked and nowhere else."""

    WORDS = auto()  #: all of them, by their stems; the last may be the beginning of one
    SIMILAR = auto()  #: a title that looks alike, for whoever misspells


async def published(
    session: AsyncSession, filters: Filters, *, after: Position | None, oldest_first: bool, limit: int, search: Search
) -> Sequence[Row[Any]]:
    """A page of public reports."""
    statement = page_of(filters, after=after, oldest_first=oldest_first, limit=limit, search=search)
    return (await session.execute(statement)).all()


def page_of(
    filters: Filters, *, after: Position | None, oldest_first: bool, limit: int, search: Search = Search.WORDS
) -> Select[Any]:
    """Along `reports_published_idx` in either direction."""
    key = tuple_(Report.received_at, Report.id)
    statement = (
        select(
            Report.id, Report.tracking_number, Report.status, Report.classification, _TITLE, _EXCERPT,
            Report.category_code, Report.seen_region_code, Region.name.label("region_name"), Report.agency_code,
            name_at(Report.received_at).label("agency_name"), Report.received_at, SUPPORTS,
        )
        .join(PublicText, PublicText.report_id == Report.id, isouter=True)
        .join(Region, Region.code == Report.seen_region_code, isouter=True)
        .join(Agency, Agency.code == Report.agency_code, isouter=True)
        .where(PUBLISHED, *_conditions(filters, search))
        .limit(limit)
    )  # fmt: skip
    if oldest_first:
        statement = statement.order_by(Report.received_at, Report.id)
    else:
        statement = statement.order_by(Report.received_at.desc(), Report.id.desc())
    if after is not None:
        statement = statement.where(key > after if oldest_first else key < after)
    return statement


def _conditions(filters: Filters, search: Search) -> Iterable[ColumnElement[bool]]:
    if filters.q:
        yield _found(filters.q, search)
    if filters.region:
        region = Report.seen_region_code
        yield or_(region == _written(filters.region), func.starts_with(region, _written(filters.region + ".")))
    if filters.agency:
        yield Report.agency_code.in_(below(Agency, filters.agency))
    if filters.category:
        yield Report.category_code.in_(below(Category, filters.category))
    if filters.statuses:
        yield Report.status.in_(filters.statuses)
    if filters.near:
        yield from _within(filters.near)
    if filters.received:
        begin, end = filters.received
        yield and_(Report.received_at >= begin, Report.received_at < end)


def _written(value: str) -> BindParameter[str]:
    """Into the statement, which is planned for this one: a province is walked, the few of a district are sorted."""
    return bindparam(None, value, literal_execute=True)


def _found(q: str, search: Search) -> ColumnElement[bool]:
    if search is Search.SIMILAR:
        return PublicText.title.bool_op("%>")(folding.visible(q))
    q = folding.searchable(q)
    whole = PublicText.search.bool_op("@@")(func.websearch_to_tsquery("indonesian", q))
    words = _WORD.findall(q)
    if not words or _OPERATORS.search(q):
        return whole
    last = words[-1]
    beginning = ":*" if len(last) >= SHORTEST_BEGINNING and not last.isdigit() else ""
    begun = " & ".join([*(_quoted(word) for word in words[:-1]), _quoted(last) + beginning])
    return or_(whole, PublicText.search.bool_op("@@")(func.to_tsquery("indonesian", begun)))


def _quoted(word: str) -> str:
    """KM-5 is read as a word and a negative number, wherever it is written so."""
    return f"('{word}' | '-{word}')" if word.isdigit() else f"'{word}'"


async def place_of(session: AsyncSession, tracking_number: str) -> Position | None:
    """Where a published report stands in the list; None of every other one, so that nobody asks after those."""
    statement = select(Report.received_at, Report.id).where(Report.tracking_number == tracking_number, PUBLISHED)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row.received_at, row.id)


async def public_places(session: AsyncSession, numbers: Collection[str]) -> dict[str, tuple[float, float]]:
    """Latitude and longitude, as everybody may know them, of those that are published and have them."""
    place = (Report.place_latitude, Report.place_longitude)
    statement = select(Report.tracking_number, *place).where(
        Report.tracking_number.in_(numbers), Report.place_latitude.is_not(None), PUBLISHED
    )  # fmt: skip
    rows = (await session.execute(statement)).all()
    return {number: (latitude, longitude) for number, latitude, longitude in rows}


async def public_text(session: AsyncSession, report_id: UUID) -> PublicText | None:
    return await session.get(PublicText, report_id)


def below(tree: type[Agency] | type[Category], code: str) -> Select[tuple[str]]:
    """A node of a tree and all below it."""
    nodes = select(tree.code).where(tree.code == code).cte(f"{tree.__tablename__}_below", recursive=True)
    nodes = nodes.union(select(tree.code).join(nodes, tree.parent_code == nodes.c.code))
    return select(nodes.c.code)


def _within(circle: Circle) -> Iterable[ColumnElement[bool]]:
    """By the distance on a sphere from the place as everybody may know it.

    A box around it first, by `reports_place_idx`.
    """
    latitude, longitude = Report.place_latitude, Report.place_longitude
    margin = circle.metres / _METRES_PER_DEGREE + 0.01
    yield latitude.between(circle.latitude - margin, circle.latitude + margin)
    wide = margin * _WIDEST_DEGREE
    yield longitude.between(circle.longitude - wide, circle.longitude + wide)
    cosine = func.sin(func.radians(latitude)) * func.sin(func.radians(circle.latitude)) + func.cos(
        func.radians(latitude)
    ) * func.cos(func.radians(circle.latitude)) * func.cos(func.radians(longitude - circle.longitude))
    degrees = func.degrees(func.acos(func.least(1.0, func.greatest(-1.0, cosine))))
    yield degrees * _METRES_PER_DEGREE <= circle.metres
