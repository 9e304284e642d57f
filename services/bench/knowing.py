"""Gives a database what routing can know: a model that learned from invented reports, and invented boundaries."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.boundaries import service as boundaries
from routing_service.competence.inquiry import Inquiry
from routing_service.registry.agencies.queries import directory
from routing_service.registry.directory import Directory
from services.bench import corpus
from services.database import engine_for
from shared.domain.states import ModelState
from shared.schema import Agency, RoutingModel

ACTOR = "operator:bench"
EXAMPLES = 800
DAYS = 60
WANTED = 0.95
#: One in so many examples went to another agency of its region, as in life: nothing is learned with certainty.
MISLED = 25


async def equip(url: str) -> dict[str, Any]:
    """What was learned, and from how much."""
    engine = engine_for(url)
    now = datetime.now(UTC)
    try:
        async with AsyncSession(engine) as session, session.begin():
            await boundaries.import_set(
                session, corpus.boundaries(), name="Invented squares", source="bench", actor=ACTOR, now=now
            )
            agencies, known = await _agencies(session), await directory(session)
            blob, learned = await asyncio.to_thread(_trained, agencies, known)
            values = {
                "state": ModelState.ACTIVE, "blob": blob, "metrics": {}, "trained_on": learned, "trained_by": ACTOR,
                "trained_at": now, "activated_by": ACTOR, "activated_at": now,
            }  # fmt: skip
            await session.execute(insert(RoutingModel).values(values))
        return learned
    finally:
        await engine.dispose()


async def _agencies(session: AsyncSession) -> Mapping[tuple[str, str], str]:
    """Who has a duty in a region."""
    rows = await session.execute(select(Agency.code, Agency.region_code, Agency.duties))
    return {(duty, row.region_code): row.code for row in rows for duty in row.duties}


def _trained(agencies: Mapping[tuple[str, str], str], known: Directory) -> tuple[bytes, dict[str, Any]]:
    from routing_service.competence.learning import kinds, training
    from routing_service.competence.learning.model import Model, reading

    today = datetime.now(UTC).date()
    examples = []
    for number, report in enumerate(corpus.written(EXAMPLES, seed=1)):
        received_on = today - timedelta(days=1 + (EXAMPLES - number) * DAYS // EXAMPLES)
        read = reading(Inquiry(report.title, report.body, received_on))
        duty = report.duty if number % MISLED else corpus.TOPICS[number % len(corpus.TOPICS)].duty
        label = kinds.class_of(agencies[duty, report.region], known)
        examples.append(training.Example(read, label, received_on))
    trained = training.train(examples, wanted=WANTED)
    learned = {"reports": len(examples), "agencies": len({example.label for example in examples})}
    return Model(trained.classifier, trained.threshold).dump(), learned
