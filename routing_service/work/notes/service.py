"""A note, and who is told of it: colleagues who may read the report themselves."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.registry.tree import Tree
from routing_service.report import rights
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import ReportView
from routing_service.report.rights import Sight
from routing_service.work.desk.service import Desk, Errand, take_up
from routing_service.work.notes import queries
from routing_service.work.notes.schemas import Colleague, Colleagues, Note
from shared.clients import Client, Role
from shared.domain.lifecycle import Holder
from shared.domain.messages import MessageKind
from shared.errors import Forbidden, Invalid
from shared.log.payloads.routing import ReportNoted


async def write_note(session: AsyncSession, errand: Errand, body: Note) -> ReportView:
    desk = await take_up(session, errand, None, occurred_at=body.occurred_at)
    mentions = await _mentioned(session, desk, body.mentions)
    said = await desk.say(session, MessageKind.NOTE, body.body)
    await desk.record(session, ReportNoted(said=said, mentions=mentions))
    return await reports.after_action(session, desk.case.id, desk.client, desk.tree)


async def _mentioned(session: AsyncSession, desk: Desk, ids: list[UUID]) -> tuple[UUID, ...]:
    """Each once. Raises Invalid for whoever is not there, and in the same words for whoever may not read the report."""
    if not ids:
        return ()
    officers = {row.id: row for row in await queries.officers_named(session, ids)}
    holder, secret = desk.case.holder, desk.case.secret
    for place, officer_id in enumerate(ids):
        officer = officers.get(officer_id)
        if officer is None or not _may_read(officer, holder, desk.tree, secret=secret):
            raise Invalid(
                f"No officer who may read this report has the id {officer_id}; its colleagues are those whom a note"
                " may mention.",
                pointer=f"/mentions/{place}",
                code="not_a_colleague",
            )
    return tuple(dict.fromkeys(ids))


async def list_colleagues(session: AsyncSession, reference: str, client: Client) -> Colleagues:
    """Whom a note may mention. Raises Forbidden, NotFound."""
    found = await reports.find_report(session, reference, client)
    if not rights.may_note(found.standing, found.sight):
        raise Forbidden("Only those who work on this report may write notes on it or mask its words.")
    holder = Holder(found.row.holder_level, found.row.holder_agency_code)
    tree = await registry.tree(session, (holder.agency,))
    officers = await queries.officers_of(session, tree.line(holder.agency))
    items = [one for one in officers if _may_read(one, holder, tree, secret=found.row.secret)]
    return Colleagues(items=[Colleague.model_validate(one) for one in items])


def _may_read(officer: Row[Any], holder: Holder, tree: Tree, *, secret: bool) -> bool:
    """As whoever logs in with this role: regional secretaries and heads, who get mails alone, cannot."""
    if officer.role not in set(Role):
        return False
    client = Client("", Role(officer.role), officer.agency)
    standing = rights.standing(rights.as_reader(client), holder, tree)
    return rights.sight(standing, client, secret=secret) is Sight.FULL
