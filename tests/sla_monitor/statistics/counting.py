"""Reports that are counted, and what is asked of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role
from shared.domain.wording import Language
from shared.schema import Report
from sla_monitor.counting.keeping import Counted
from sla_monitor.indicators.catalogue import shipped
from sla_monitor.statistics import service
from sla_monitor.statistics.schemas import FigureCase, FigureCaseParams, FigureParams, Figures, FigureValue
from tests.factories import report_values
from tests.sla_monitor import histories
from tests.sla_monitor.counting.test_fold import logged
from tests.sla_monitor.histories import History
from tests.sla_monitor.stored import a_report, computed, reference

ADMIN = Client("rahma", Role.NATIONAL_ADMIN)
CATALOGUE = shipped()


async def counted(session: AsyncSession, history: History, **columns: Any) -> UUID:
    """Stored, computed and counted."""
    report_id = await a_report(session, history, **columns)
    await computed(session, report_id, now=history.events[-1].occurred_at)
    return report_id


async def many_counted(session: AsyncSession, lives: Mapping[History, int]) -> None:
    """So many reports of each life, counted as its events say; without the events."""
    found, reports = Counted(), []
    for history, count in lives.items():
        events, clocks = logged(history), history.clocks()
        for _ in range(count):
            reports.append(report_values(region_code=None, category_code=None))
            found.take(reports[-1]["id"], events, clocks, histories.policy(), reference())
    await session.execute(insert(Report), reports)
    await found.keep(session)


async def figures(
    session: AsyncSession, indicator: str, *, client: Client = ADMIN, now: datetime, **asked: Any
) -> Figures:
    params = FigureParams(indicator=indicator, **asked)
    return await service.figures(session, CATALOGUE, params, client, language=Language.ID, now=now)


async def total(session: AsyncSession, indicator: str, **asked: Any) -> FigureValue:
    return (await figures(session, indicator, **asked)).total


async def cases(
    session: AsyncSession, indicator: str, *, client: Client = ADMIN, now: datetime, **asked: Any
) -> list[FigureCase]:
    """All pages."""
    found: list[FigureCase] = []
    cursor = None
    while True:
        params = FigureCaseParams(indicator=indicator, limit=3, cursor=cursor, **asked)
        page = await service.cases(session, CATALOGUE, params, client, now=now)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            assert len(found) + page.withheld == page.count
            return found
