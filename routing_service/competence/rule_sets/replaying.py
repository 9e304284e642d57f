"""A rule set is tried on the reports of the past: batch by batch, outside of the event loop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.opinion import Known
from routing_service.competence.rule_sets import ownership
from routing_service.competence.rule_sets.own import region_of
from routing_service.competence.rule_sets.replay import Change, Past, Replay, why
from routing_service.competence.rule_sets.schemas import FailingRule, ReplayedReport, ReplayView, RuleOutcome, Tally
from routing_service.competence.rules import queries
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.ruling import Ruling
from shared.clients import Client, Role
from shared.domain.regions import time_zone_of
from shared.domain.wording import Language
from shared.http.wire import Bilingual

logger = logging.getLogger(__name__)

#: Reports that are read and tried at once.
BATCH = 250
REPLAY_SECONDS = 20.0

Progress = Callable[[int], None]


async def replay(
    session: AsyncSession,
    id: int,
    known: Known,
    client: Client,
    *,
    last: int,
    seconds: float = REPLAY_SECONDS,
    progress: Progress = lambda _: None,
) -> ReplayView:
    """Batch by batch, outside the event loop, and no longer than so many seconds.

    Whoever asks could write a rule for any word, and see which reports have it: so it is tried on what everybody may
    read. Only the national administrator tries it on the words as they were written, which is recorded.
    """
    owner = (await ownership.seen(session, id, client)).agency
    as_written = client.role is Role.NATIONAL_ADMIN
    if as_written:
        logger.info("rule set replayed on reports as written", extra={"actor": client.actor, "rule_set": id})
    tried = await queries.rule_set(session, id)
    proposed = _with(known, owner, tried)
    region = None if owner is None else region_of(owner, known.directory)
    found = Replay(known, proposed, id, known.places, known.directory)
    until, before = monotonic() + seconds, None
    while found.examined < last and monotonic() < until:
        rows = await queries.last_reports(
            session, as_written=as_written, region=region, before=before, limit=min(BATCH, last - found.examined)
        )
        if not rows:
            break
        before = rows[-1].id
        await asyncio.to_thread(found.add, [_past(row) for row in rows])
        progress(found.examined)
    return _told(found, last, compared_with=known.rules.id if owner is None else _id_of(known, owner))


def _with(known: Known, owner: str | None, tried: RuleSet) -> Known:
    if owner is None:
        return replace(known, rules=tried)
    return replace(known, instansi_rules=known.instansi_rules.with_set(owner, tried))


def _id_of(known: Known, owner: str) -> int | None:
    present = known.instansi_rules.sets.get(owner)
    return None if present is None else present.id


def _past(row: Row[Any]) -> Past:
    zone = ZoneInfo(time_zone_of(row.region_code))
    inquiry = Inquiry(
        title=row.title,
        body=row.body,
        received_on=row.received_at.astimezone(zone).date(),
        classification=row.classification,
        channel=row.channel,
        category=row.category_code,
        subject=row.subject_code,
        target_agency=row.target_agency_code,
        region=row.region_code,
        location_text=row.location_text,
        latitude=row.latitude,
        longitude=row.longitude,
    )
    return Past(row.tracking_number, inquiry, row.agency_code)


def _told(found: Replay, asked: int, *, compared_with: int | None) -> ReplayView:
    return ReplayView(
        rule_set=found.rule_set,
        compared_with=compared_with,
        asked=asked,
        examined=found.examined,
        assigned=found.assigned,
        changed=len(found.changes),
        before=_tally(found.before),
        after=_tally(found.after),
        failing=[
            FailingRule(position=position, failure=code, reports=count)
            for (position, code), count in found.failing.most_common()
        ],
        items=_items(found.changes),
    )


def _tally(counts: Any) -> Tally:
    return Tally(**{name: counts[name] for name in Tally.model_fields})


def _items(changes: Sequence[Change]) -> list[ReplayedReport]:
    return [
        ReplayedReport(
            tracking_number=one.past.tracking_number,
            before=_outcome(one.before),
            after=_outcome(one.after),
            actual=one.past.actual,
            why=Bilingual(id=why(one, Language.ID), en=why(one, Language.EN)),
        )
        for one in changes
    ]


def _outcome(ruling: Ruling) -> RuleOutcome:
    failure = ruling.failure
    position = failure.position if failure else ruling.match.position if ruling.match else None
    code = failure.code if failure else None
    return RuleOutcome(agency=ruling.agency, position=position, failure=code, rule_set=ruling.rule_set)
