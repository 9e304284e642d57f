"""The public map: what everybody may know of all reports together, by place, and a list of those that are public."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum, auto
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.pages import queries
from intake_api.reports import queries as report_queries
from intake_api.reports import service as reports
from intake_api.reports.schemas import PublicItem, PublicParams
from intake_api.tallies import queries as tallies
from intake_api.tallies.queries import Tally, Wanted
from shared.domain.lifecycle import PublicGroup
from shared.domain.periods import Period, read_period, year_of
from shared.domain.regions import NATIONAL_ZONE, national_day, parent_of
from shared.domain.wording import Language
from shared.errors import Invalid, NotFound
from shared.http.wire import Code, Cursor, Page, RegionCode, Schema
from shared.pages import choropleth, places
from shared.pages.choropleth import Area, Choropleth, LegendLine
from shared.pages.maps import Map
from shared.pages.outlines import CODE_LENGTHS, DEEPEST, Outlines

#: Reports on a page.
MOST = 20
#: With fewer there is no share.
LEAST = 10
SHARES = (0.2, 0.4, 0.6, 0.8)
NOTHING = Tally(0, 0)
#: Latitude and longitude, by tracking number.
Points = Mapping[str, tuple[float, float]]
To = Callable[..., str]
Words = Callable[..., str]


class Show(StrEnum):
    """What the shade of a region says."""

    COUNT = auto()
    ANSWERED = auto()  #: which share


class MapParams(Schema):
    """A field of its form that was left empty is not said."""

    region: RegionCode | None = None
    period: Annotated[str, StringConstraints(min_length=4, max_length=22)] | None = None
    category: Code | None = None
    status: PublicGroup | None = None
    show: Show = Show.COUNT
    cursor: Cursor | None = None
    lang: Annotated[str | None, Field(max_length=20)] = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, said: Any) -> Any:
        return {name: value for name, value in said.items() if value != ""} if isinstance(said, dict) else said


@dataclass(frozen=True, slots=True)
class CountedRegion:
    """A region of the table, or what is not known more closely (no code)."""

    code: str | None
    name: str | None
    tally: Tally

    @property
    def share(self) -> float | None:
        return self.tally.answered / self.tally.reports if self.tally.reports >= LEAST else None


@dataclass(frozen=True, slots=True)
class PublicMap:
    region: str
    name: str | None  #: of the region; None: the country
    above: Sequence[tuple[str, str]]  #: codes and names of the regions around it, the largest first
    period: Period
    total: CountedRegion
    places: Sequence[CountedRegion]
    choropleth: Choropleth | None  #: None: no outlines are imported
    reports: Sequence[PublicItem]
    points: Points  #: as everybody may know them, by number
    next_cursor: str | None
    categories: Sequence[tuple[str, str]]

    @property
    def is_deepest(self) -> bool:
        return len(self.region) >= CODE_LENGTHS[DEEPEST - 1]


async def public_map(
    session: AsyncSession, params: MapParams, outlines: Outlines, words: Words, to: To, *, language: Language,
    now: datetime,
) -> PublicMap:  # fmt: skip
    """`words`: of the page; `to`: the address of a page. Raises Invalid, NotFound."""
    region, period = params.region or "", _months(params.period, now)
    above = await _names_down_to(session, region)
    wanted = Wanted(
        period.first_day, period.last_day.replace(day=1),
        await queries.categories_below(session, params.category) if params.category else None, params.status,
    )  # fmt: skip
    total, found = await _places(session, region, above, wanted)
    listed, points = await _listed(session, params, period, language)
    drawing = await outlines.map_of(session, parent_of(region) or "" if len(region) == CODE_LENGTHS[2] else region)
    return PublicMap(
        region, above[-1][1] if above else None, above[:-1], period, total, found,
        _choropleth(drawing, params, found, total, points, words, to) if drawing.shapes else None,
        listed.items, points, listed.next_cursor,
        await queries.categories(session, national_day(now), language),
    )  # fmt: skip


def _months(said: str | None, now: datetime) -> Period:
    """Whole months, for these are counted. Raises Invalid."""
    period = year_of(national_day(now)) if said is None else read_period(said)
    if str(period) != str(read_period(f"{period.first_day:%Y-%m}..{period.last_day:%Y-%m}")):
        raise Invalid(
            "The map counts whole months; write the period as 2026, 2026-Q1, 2026-03 or 2026-01..2026-08.",
            pointer="query/period", code="whole_months",
        )  # fmt: skip
    return period


async def _names_down_to(session: AsyncSession, region: str) -> Sequence[tuple[str, str]]:
    """The regions around it and itself. Raises NotFound."""
    codes = [region[:length] for length in CODE_LENGTHS[:DEEPEST] if len(region) >= length]
    known = await queries.region_names(session, codes)
    if region and (region not in known or len(region) > CODE_LENGTHS[DEEPEST - 1]):
        raise NotFound(f"There is no region {region} on the map.", code="unknown_region")
    return [(code, known[code]) for code in codes if code in known]


async def _places(
    session: AsyncSession, region: str, above: Sequence[tuple[str, str]], wanted: Wanted
) -> tuple[CountedRegion, Sequence[CountedRegion]]:
    """The region itself, and those within it with what is not known more closely."""
    around = await tallies.tallies_within(session, parent_of(region) or "", wanted) if region else {}
    if len(region) == CODE_LENGTHS[DEEPEST - 1]:
        return CountedRegion(region, above[-1][1], around.get(region, NOTHING)), []
    within = await tallies.tallies_within(session, region, wanted)
    names = await queries.regions_in(session, region)
    found = [CountedRegion(code, name, within.get(code, NOTHING)) for code, name in names]
    told = Tally(sum(one.tally.reports for one in found), sum(one.tally.answered for one in found))
    if not region:
        whole = Tally(sum(one.reports for one in within.values()), sum(one.answered for one in within.values()))
    else:
        whole = around.get(region, NOTHING)
    found.sort(key=lambda one: -one.tally.reports)
    if whole.reports > told.reports:
        found.append(CountedRegion(None, None, Tally(whole.reports - told.reports, whole.answered - told.answered)))
    return CountedRegion(region or None, above[-1][1] if above else None, whole), found


async def _listed(
    session: AsyncSession, params: MapParams, period: Period, language: Language
) -> tuple[Page[PublicItem], Points]:
    zone = ZoneInfo(NATIONAL_ZONE)
    received = (
        datetime.combine(period.first_day, time(), zone),
        datetime.combine(date.fromordinal(period.last_day.toordinal() + 1), time(), zone),
    )
    asked = PublicParams(
        region=params.region, category=params.category, status=params.status, limit=MOST, cursor=params.cursor
    ).in_list("map", period)  # fmt: skip
    listed = await reports.public_reports(session, asked, language=language, received=received)
    points = await report_queries.public_places(session, [one.tracking_number for one in listed.items])
    return listed, points


def _choropleth(
    drawing: Map, params: MapParams, found: Sequence[CountedRegion], total: CountedRegion, points: Points,
    words: Words, to: To,
) -> Choropleth:  # fmt: skip
    known = {place.code: place for place in (*found, total)}
    counts = choropleth.steps_to(max((place.tally.reports for place in found), default=0))
    shares = params.show is Show.ANSWERED
    asked = params.model_dump(mode="json", exclude={"cursor", "lang", "region"}, exclude_defaults=True)
    areas = []
    for shape in drawing.shapes:
        place = known.get(shape.code)
        href = None if shape.code == params.region else to(places.MAP, region=shape.code, **asked)
        if place is None:  # beside the district that the page is about, or without a name
            areas.append(Area(shape, shape.code, words("beside"), "none", "", href))
            continue
        kind = _kind(place, counts, shares) + (" here" if href is None else "")
        name = place.name or shape.code
        areas.append(Area(shape, name, told_of(place, words), kind, _sign(place, shares, words), href))
    dots = [drawing.point(*point) for point in points.values()] if len(params.region or "") > CODE_LENGTHS[0] else []
    return Choropleth(drawing, areas, _legend(counts, words, shares=shares), [dot for dot in dots if dot])


def told_of(place: CountedRegion, words: Words) -> str:
    reports = words("count_reports", count=place.tally.reports)
    return reports if place.share is None else f"{reports}, {words('share_answered', share=percent(place.share))}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _kind(place: CountedRegion, counts: Sequence[int], shares: bool) -> str:
    if not place.tally.reports:
        return "none"
    if not shares:
        return choropleth.shade(place.tally.reports, counts)
    return "grey" if place.share is None else choropleth.shade(place.share, SHARES)


def _sign(place: CountedRegion, shares: bool, words: Words) -> str:
    if not place.tally.reports:
        return ""
    if not shares:
        return str(place.tally.reports)
    return words("sign_grey") if place.share is None else percent(place.share)


def _legend(counts: Sequence[int], words: Words, *, shares: bool) -> list[LegendLine]:
    nothing = LegendLine("none", words("no_reports"))
    if not shares:
        return [nothing, *choropleth.legend_of(counts)]
    bounds = (0.0, *SHARES, 1.0)
    found = [
        LegendLine(choropleth.shade(low, SHARES), f"{percent(low)}\N{EN DASH}{percent(high)}")
        for low, high in pairwise(bounds)
    ]
    return [nothing, LegendLine("grey", words("too_few", n=LEAST), words("sign_grey")), *found]
