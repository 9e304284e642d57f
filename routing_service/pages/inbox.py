"""The inbox: what waits for whoever looks, and for how long it still may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages import box_queries, queries
from routing_service.pages.box_queries import MOST_COUNTED, Asking
from routing_service.pages.boxes import BOXES, Box, Light, light
from routing_service.report.reading import service as reports
from routing_service.report.reading import views
from shared.clients import Client
from shared.domain.regions import time_zone_of
from shared.queries.days_left import DaysLeft, days_left

#: On one page. The work list has more.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """`left`: until the last day of the deadline; None: none runs."""

    row: Row[Any]
    title: str
    light: Light
    left: DaysLeft | None
    is_new: bool
    holder: str | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Inbox:
    box: Box
    counts: dict[Box, int]
    lines: list[Line]
    zone: str

    @property
    def first(self) -> Box | None:
        """The first box with something in it."""
        return next((box for box, count in self.counts.items() if count), None)


async def asking(session: AsyncSession, client: Client, *, most_returns: int, now: datetime) -> Asking:
    """Raises Forbidden."""
    return Asking(client, await reports.work_reach_of(session, client), most_returns, now)


async def open_inbox(session: AsyncSession, who: Asking, wanted: str | None) -> Inbox:
    """`wanted`: a box by its name; else the first with something in it."""
    boxes = BOXES[who.client.role]
    counts = {box: await box_queries.count(session, box, who) for box in boxes}
    box = next((one for one in boxes if one == wanted), None)
    box = box or next((one for one in boxes if counts[one] and one is not Box.WAITING), boxes[0])
    rows = await box_queries.page_of_box(session, box, who, limit=SHOWN)
    names = await queries.names_of_agencies(session, {row.holder_agency_code for row in rows})
    places = await queries.regions_named(session, {row.about_region_code for row in rows})
    zone = await queries.zone_of_agency(session, who.client.agency) or time_zone_of(None)
    left = await days_left(session, [(row.id, row.stage) for row in rows if row.stage], now=who.now)
    lines = [_line(row, who, names, places, left.get((row.id, row.stage))) for row in rows]
    return Inbox(box, counts, lines, zone)


async def after(session: AsyncSession, who: Asking, wanted: str, number: str) -> str | None:
    """The report that comes after this one in a box, whether this one is still there or not; None: it is empty."""
    box = next((one for one in BOXES.get(who.client.role, ()) if one == wanted), None)
    if box is None:
        return None
    numbers = await box_queries.numbers_in_box(session, box, who, limit=SHOWN)
    if number in numbers:
        at = numbers.index(number)
        numbers = numbers[at + 1 :] + numbers[:at]
    return numbers[0] if numbers else None


async def agencies(session: AsyncSession, who: Asking) -> Sequence[Row[Any]]:
    """Whom several reports can be given to at once: of one's own instansi."""
    return [] if who.scope.codes is None else await queries.agencies_below(session, who.scope.codes, limit=SHOWN * 4)


def many(count: int) -> str:
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def _line(
    row: Row[Any], who: Asking, names: dict[str, str], places: dict[str, str], left: DaysLeft | None
) -> Line:  # fmt: skip
    words = who.scope.secret_words or not row.secret
    return Line(
        row, views.title(row, words=words), light(row.started_at, row.due_at, who.now), left, not row.seen,
        names.get(row.holder_agency_code),
        places.get(row.about_region_code) if words else places.get(row.region_code),
    )  # fmt: skip
