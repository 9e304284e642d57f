from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared import ids
from shared.clients import Client
from shared.domain.wording import Language
from shared.errors import Conflict, NotFound
from shared.http.wire import Page
from shared.log import events
from shared.log.events import Draft, Head
from shared.log.payloads.monitor import ClockAcknowledged
from shared.queries.reach import known_subtree, reach_of
from shared.schema import Acknowledgement, Escalation
from sla_monitor.clocks import past
from sla_monitor.clocks.queries import Filters
from sla_monitor.escalations import explained, queries
from sla_monitor.escalations.queries import Kinds, Position
from sla_monitor.escalations.schemas import AcknowledgementView, EscalationParams, EscalationView
from sla_monitor.reference.service import References


async def page_of_escalations(
    session: AsyncSession, params: EscalationParams, client: Client, references: References, *, language: Language,
    now: datetime,
) -> Page[EscalationView]:  # fmt: skip
    past.check_as_of(params.as_of, now)
    scope = await reach_of(session, client)
    agencies = None if params.agency is None else await known_subtree(session, params.agency)
    filters = Filters(params.stage, params.level, agencies)
    kinds = Kinds(params.kind, params.notify, params.revoked)
    params = params.in_list("escalations")
    after = params.position(Position)
    rows = await queries.escalations(session, filters, kinds, scope, as_of=params.as_of, after=after, limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: (row.recorded_at, row.id))
    texts = await explained.explanations_of(session, references, shown, language)
    return Page(items=[_view(row, texts, params.as_of) for row in shown], next_cursor=next_cursor)


async def get_escalation(
    session: AsyncSession, id: UUID, client: Client, references: References, *, language: Language
) -> EscalationView:
    scope = await reach_of(session, client)
    row = await queries.escalation(session, id, scope)
    if row is None:
        raise _unknown(id)
    return _view(row, await explained.explanations_of(session, references, [row], language))


def _view(row: Row[Any], texts: Mapping[UUID, str], as_of: datetime | None = None) -> EscalationView:
    """For those who work on the report, so that they may read what officers noted."""

    def then(instant: datetime | None) -> datetime | None:
        return None if as_of is not None and instant is not None and instant > as_of else instant

    return EscalationView(
        id=row.id,
        report_id=row.report_id,
        tracking_number=row.tracking_number,
        stage=row.stage,
        opened_seq=row.opened_seq,
        step=row.step_code,
        kind=row.kind,
        level=row.level,
        agency=row.agency_code,
        step_at=row.step_at,
        recorded_at=row.recorded_at,
        recipients=row.recipients.split(",") if row.recipients else [],
        late_entry=row.late_entry,
        notify=row.notify,
        revoked_at=then(row.revoked_at),
        told=sorted(row.told or ()),
        explanation=texts.get(row.id) or None,
        acknowledged_at=then(row.acknowledged_at),
        acknowledged_by=row.actor if then(row.acknowledged_at) else None,
        acknowledgement_note=row.note if then(row.acknowledged_at) else None,
    )


async def acknowledge(
    session: AsyncSession, escalation_id: UUID, note: str, client: Client, *, now: datetime
) -> AcknowledgementView:
    """Once for each escalation; the same again by the same officer is answered alike. The clock runs on."""
    scope = await reach_of(session, client)
    found = await queries.find_escalation(session, escalation_id, scope)
    if found is None:
        raise _unknown(escalation_id)
    head = await events.lock_head(session, found.report_id)
    found = await queries.find_escalation(session, escalation_id, scope)  # again: meanwhile it may have been revoked
    if head is None or found is None:
        raise _unknown(escalation_id)
    known = await queries.acknowledgement(session, escalation_id)
    if known is not None:
        if (known.actor, known.note) != (client.actor, note):
            raise Conflict(
                f"{known.actor} has acknowledged this escalation already; say more in a note on the report.",
                code="already_acknowledged",
            )
        return _acknowledged(known, found.report_id)
    if found.revoked_at is not None:
        raise Conflict(
            "The deadline has moved, so this step no longer applies; there is nothing to acknowledge.",
            code="escalation_revoked",
        )
    said = await _say(session, head, found, note, actor=client.actor, now=now)
    return _acknowledged(said, found.report_id)


async def acknowledgement(session: AsyncSession, escalation_id: UUID, client: Client) -> AcknowledgementView:
    """What was said of an escalation, for those who work on its report. Raises Forbidden, NotFound."""
    found = await queries.find_escalation(session, escalation_id, await reach_of(session, client))
    said = None if found is None else await queries.acknowledgement(session, escalation_id)
    if found is None or said is None:
        raise _unknown(escalation_id)
    return _acknowledged(said, found.report_id)


async def _say(
    session: AsyncSession, head: Head, escalation: Escalation, note: str, *, actor: str, now: datetime
) -> Acknowledgement:
    """The words beside the log, their digest in it."""
    said = Acknowledgement(
        escalation_id=escalation.id, note=note, salt=ids.new_salt(), actor=actor, acknowledged_at=now
    )
    session.add(said)
    acknowledged = ClockAcknowledged(
        stage=escalation.stage,
        opened_seq=escalation.opened_seq,
        step=escalation.step_code,
        escalation=escalation.id,
        digest=ids.salted_digest(said.salt, note),
    )
    await events.append(session, head, Draft(acknowledged, now, actor), recorded_at=now)
    return said


def _unknown(escalation_id: UUID) -> NotFound:
    return NotFound(f"There is no escalation {escalation_id}.")


def _acknowledged(said: Acknowledgement, report_id: UUID) -> AcknowledgementView:
    return AcknowledgementView(
        escalation_id=said.escalation_id,
        report_id=report_id,
        acknowledged_at=said.acknowledged_at,
        acknowledged_by=said.actor,
        note=said.note,
    )


async def erase_notes(session: AsyncSession, report_ids: Collection[UUID]) -> None:
    """Of reports whose reporter was erased; as often as it is asked for."""
    await queries.erase_notes(session, report_ids)
