"""Merging reports about the same thing, and taking it back."""

from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.registry.tree import Tree
from routing_service.report import families, rights
from routing_service.report import queries as common
from routing_service.report.batch import File
from routing_service.report.consequences import Move
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import ReportView
from routing_service.report.rights import Sight
from routing_service.work.desk.service import Desk, Errand, check_another_officer, look_up, take_up
from routing_service.work.merging.schemas import Merger, Parting
from shared.domain.lifecycle import OPEN, Action
from shared.domain.messages import MessageKind
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.log.events import Draft, EventType
from shared.log.payloads.codes import Cause
from shared.log.payloads.routing import ReportJoined, ReportMerged


async def merge(session: AsyncSession, errand: Errand, body: Merger) -> ReportView:
    named = await look_up(session, errand)
    into = await _named(session, body.into)
    files = await families.open_files(session, {named.id} if into is None else {named.id, into})
    survivor = files.get(into) if into is not None else None
    agencies = () if survivor is None else (survivor.case.holder.agency,)
    desk = await take_up(
        session, errand, Action.MERGE, occurred_at=body.occurred_at, agencies=agencies, named=named, files=files
    )
    await check_another_officer(session, desk)
    found = _survivor(desk, survivor, body.into)
    merged = files[desk.case.id]
    _check_pair(merged, found)
    said = None if body.note is None else await desk.say(session, MessageKind.NOTE, body.note)
    tells = partial(ReportMerged, into=found.case.id, said=said)
    before = merged.case.status
    merged.take(Move(Action.MERGE, tells), tree=desk.tree, at=desk.at, now=desk.now, actor=desk.client.actor)
    merged.case.merged_into, merged.case.merged_from, merged.case.merged_at = found.case.id, before, desk.now
    found.add(Draft(ReportJoined(other=merged.case.id), desk.at, desk.client.actor), desk.now)
    await families.store_files(session, {one.case.id: one for one in (merged, found)}, now=desk.now)
    return await reports.after_action(session, desk.case.id, desk.client, desk.tree)


async def unmerge(session: AsyncSession, errand: Errand, body: Parting) -> ReportView:
    named = await look_up(session, errand)
    into = await common.merged_into(session, named.id)
    files = await families.open_families(session, {named.id} if into is None else {named.id, into})
    desk = await take_up(session, errand, Action.UNMERGE, occurred_at=body.occurred_at, named=named, files=files)
    if desk.case.merged_into is None or desk.case.merged_into != into:
        raise Conflict("It was merged into another report at this moment; try again.", code="merged_meanwhile")
    parted = files[desk.case.id]
    said = None if body.note is None else await desk.say(session, MessageKind.NOTE, body.note)
    tree = await _tree(session, files)
    families.part(
        files, parted, files[desk.case.merged_into], cause=Cause.OFFICER, tree=tree, at=desk.at, now=desk.now,
        actor=desk.client.actor, said=said,
    )  # fmt: skip
    await families.store_files(session, files, now=desk.now)
    return await reports.after_action(session, desk.case.id, desk.client, tree)


async def release(session: AsyncSession, desk: Desk, files: dict[UUID, File], *, cause: Cause) -> None:
    """The report on the desk is about to end: what is merged into it goes on by itself."""
    if not files:
        return
    ending = files[desk.case.id]
    tree = await _tree(session, files)
    families.part_from(files, ending, cause=cause, tree=tree, at=desk.at, now=desk.now, actor=desk.client.actor)
    await families.store_files(session, files, now=desk.now)


async def _tree(session: AsyncSession, files: dict[UUID, File]) -> Tree:
    return await registry.held_tree(session, (file.case.holder.agency for file in files.values()))


async def _named(session: AsyncSession, reference: str) -> UUID | None:
    try:
        return await reports.id_named(session, reference)
    except NotFound:
        return None


def _survivor(desk: Desk, survivor: File | None, reference: str) -> File:
    """The report that another shall be merged into, if the officer who merges works on it, too."""
    if survivor is None:
        raise _unknown(reference)
    case, client = survivor.case, desk.client
    if case.id == desk.case.id:
        raise Invalid("A report cannot be merged into itself.", pointer="/into", code="same_report")
    standing = rights.standing(client, case.holder, desk.tree)
    if rights.sight(standing, client, secret=case.secret) is Sight.NOTHING:
        raise _unknown(reference)
    if standing not in rights.RIGHTS[Action.MERGE]:
        raise Forbidden(
            f"Report {case.tracking_number} is held outside {client.agency}; return this report, so that the "
            "coordinator above both can merge them.",
            code="outside_subtree",
        )
    return survivor


def _unknown(reference: str) -> Invalid:
    return Invalid(f"There is no report {reference}.", pointer="/into", code="unknown_report")


def _check_pair(merged: File, survivor: File) -> None:
    """What the two are to each other."""
    case, into = merged.case, survivor.case
    if case.secret and not into.secret:
        raise Invalid(
            f"This report is secret and {into.tracking_number} is public; merge it into a secret one, or not at all.",
            pointer="/into",
            code="secret_into_public",
        )
    if into.secret and not case.secret:
        raise Invalid(
            f"Report {into.tracking_number} is secret: the reporter of this report may not follow it.",
            pointer="/into",
            code="public_into_secret",
        )
    if into.status not in OPEN:
        raise Conflict(
            f"Report {into.tracking_number} is {into.status.value}; only an open report can be a merge target.",
            code="survivor_not_open",
        )
    if into.received_at > case.received_at:
        raise Invalid(
            f"Report {into.tracking_number} was received after {case.tracking_number}, and the clocks of the oldest "
            f"count: merge {into.tracking_number} into {case.tracking_number} instead.",
            pointer="/into",
            code="survivor_is_younger",
        )
    for history in (merged.history, survivor.history):
        if any(event.type is EventType.REPORTER_WITHDREW for event in history):
            raise Conflict(
                "The reporter is withdrawing one of the two reports at this moment; leave them unmerged.",
                code="withdrawal_pending",
            )
