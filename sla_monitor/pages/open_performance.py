"""The page of agencies' performance over HTTP, for everybody. It is for browsers, and in no OpenAPI document."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Query, Request, Response

from shared.actors import INTAKE
from shared.domain.wording import Language, say
from shared.http import languages
from shared.http.web import Now
from shared.http.wire import Code
from shared.pages import for_all, places
from shared.pages.seat import base
from sla_monitor.clocks.endpoints import Rules
from sla_monitor.indicators.catalogue import Catalogue
from sla_monitor.indicators.endpoints import Indicators
from sla_monitor.pages import performance as shown
from sla_monitor.pages.figure_cells import said
from sla_monitor.pages.performance import PerformanceParams
from sla_monitor.pages.today import stage_labels
from sla_monitor.performance.kept import Kept
from sla_monitor.performance.service import LEAST, Performance, performance
from sla_monitor.reference.service import References

ONE = f"{places.PERFORMANCE}/{{agency}}"
KEPT_SECONDS = 300

router = APIRouter(include_in_schema=False)


@router.get(places.PERFORMANCE)
async def show_performance(
    params: Annotated[PerformanceParams, Query()], request: Request, rules: Rules, indicators: Indicators, now: Now
) -> Response:
    """Of all agencies."""
    return await _page(None, params, request, rules, indicators, now)


@router.get(ONE)
async def show_performance_of(
    agency: Annotated[Code, Path()], params: Annotated[PerformanceParams, Query()], request: Request, rules: Rules,
    indicators: Indicators, now: Now,
) -> Response:  # fmt: skip
    return await _page(agency, params, request, rules, indicators, now)


class _Told(NamedTuple):
    performance: Performance
    stages: Mapping[Language, Mapping[str, str]]  #: what people call each stage


async def _page(
    agency: str | None, params: PerformanceParams, request: Request, rules: References, indicators: Catalogue,
    now: datetime,
) -> Response:  # fmt: skip
    """Takes no connection of its own: figures are computed by those of the jobs, one at a time."""
    language, state = languages.of_page(request), request.app.state
    question = shown.question_of(params, indicators, now)

    async def computed() -> _Told:
        async with state.jobs() as session:
            found = await performance(
                session, indicators, agency=agency, period=question.period, chosen=question.chosen.code, now=now
            )
            reference = await rules.current(session)
        return _Told(found, {one: stage_labels(reference, one) for one in Language})

    kept: Kept[_Told] = state.performances
    told = await kept.get((agency, question.period, question.chosen.code), computed, now=now)
    words = partial(state.look.say, language)
    page = shown.page_of(told.performance, params, question, language, words)
    return for_all.page(
        request, "performance.html", now=told.performance.as_of, kept_seconds=KEPT_SECONDS, page=page, params=params,
        indicators=question.indicators, name_of=partial(say, language=language), text=partial(said, language=language),
        labels=told.stages[language], thresholds=shown.thresholds_of(question.indicators, language, words),
        day_of=shown.day_of, least=LEAST, reports_at=f"{base(request, INTAKE)}/v1/reports",
        map_at=f"{base(request, INTAKE)}{places.MAP}", asked_language=request.query_params.get("lang"),
    )  # fmt: skip
