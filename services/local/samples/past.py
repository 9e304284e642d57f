"""What a fresh stack has behind it: a report that an instansi left lying, and two models of which one was in force.

It is written before the services run. No request can make it: what comes over HTTP is written down at that moment, a
reprimand is for what was recorded in a period that has ended, and going back takes a model that there was before.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from intake_api.submissions.schemas import ReportSubmission
from intake_api.submissions.service import Submissions
from routing_service.competence.inquiry import Inquiry
from routing_service.competence.learning import model as learned
from routing_service.competence.learning import texts, training
from routing_service.competence.learning.features import Reading
from routing_service.competence.learning.training import Example
from routing_service.competence.models import queries as models
from routing_service.competence.models import service as learning
from routing_service.competence.models.queries import Disposition
from services.database import engine_for
from services.local.samples.reports import CITY, HEALTH, ROADS, submission
from shared.clients import Client, Role, Scope
from shared.database import create_sessions
from shared.http.limits.counters import Counters
from shared.keys.held import Keys
from sla_monitor.recompute import service as recompute
from sla_monitor.reference.service import read_reference
from sla_monitor.sweep import queries as sweeping

#: Nobody responds for longer than any deadline; and nothing of it was written down today.
LATE, RECORDED = timedelta(days=100), timedelta(days=2)
_ONE_STEP_EACH = 50
_CHANNEL = Client("samarinda-channel", Role.CHANNEL, CITY, frozenset({Scope.SUBMIT}))
_OPERATOR = Client("operator-1", Role.OPERATOR)
_RIGHT_OFTEN_ENOUGH = 0.95

_MATTERS = {
    ROADS: ("jalan berlubang", "aspal terkelupas", "jembatan retak", "trotoar pecah"),
    HEALTH: ("puskesmas tutup", "obat habis", "antrean vaksin panjang", "dokter tidak ada"),
}
_ENDINGS = (
    "sejak minggu lalu", "di dekat pasar", "mohon segera", "sudah dua kali dilaporkan", "di depan sekolah",
    "warga mengeluh", "setiap hari begini", "tolong diperiksa",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Past:
    """`number` and `code`: of the report that nobody responded to. `model`: the one that was not in force yet."""

    number: str
    code: str
    model: int


async def write(database_url: str, *, keys: Keys, now: datetime) -> Past:
    """`keys`: those that intake_api holds."""
    # A submission gives its connection back outside of SQLAlchemy's greenlet, where only a pool can take it.
    engine = engine_for(database_url, poolclass=AsyncAdaptedQueuePool)
    try:
        number, code = await _neglected(engine, keys, now)
        async with create_sessions(engine).begin() as session:
            return Past(number, code, await _two_models(session, now - LATE))
    finally:
        await engine.dispose()


async def _neglected(engine: AsyncEngine, keys: Keys, now: datetime) -> tuple[str, str]:
    """A report, and every step that its missed deadlines led to."""
    form = ReportSubmission.model_validate_json(json.dumps(submission(100, reporter_reference=None)))
    uncounted = Counters(create_sessions(engine), keys, {})
    submissions = Submissions(engine, keys, uncounted, days=1)
    receipt = await submissions.submit(form, client=_CHANNEL, key=None, now=now - LATE)
    recorded_at = now - RECORDED
    async with create_sessions(engine).begin() as session:
        reference = await read_reference(session)
        await recompute.recompute_in(session, reference, [receipt.report_id], now=recorded_at)
        while (await sweeping.sweep_batch(session, batch=_ONE_STEP_EACH, now=recorded_at)).picked:
            pass
    assert receipt.access_code is not None
    return receipt.tracking_number, receipt.access_code


async def _two_models(session: AsyncSession, then: datetime) -> int:
    """Both learned from a handful of sentences, and long ago, so that what is learned from reports takes their place.
    None of them is in force.
    """
    said = [
        (f"{matter} {ending}", agency) for ending, (agency, matters) in product(_ENDINGS, _MATTERS.items())
        for matter in matters
    ]  # fmt: skip
    day = then.date()
    taught = [Example(Reading(texts.normal(words)), agency, day) for words, agency in said]
    decided = [Disposition(Inquiry(words, "", day), agency, returned=False) for words, agency in said]
    trained = training.train(taught, wanted=_RIGHT_OFTEN_ENOUGH)
    model = learned.Model(trained.classifier, trained.threshold)
    known: dict[str, Any] = {
        "metrics": learning.metrics(trained, _RIGHT_OFTEN_ENOUGH),
        "trained_on": learning.trained_on(decided, trained),
    }
    former, coming = [
        await learning.store_model(session, model, _OPERATOR, **known, compared_with=None, now=then) for _ in range(2)
    ]
    await learning.activate_model(session, former.id, _OPERATOR, now=then)
    await models.put_out_of_force(session)
    return coming.id
