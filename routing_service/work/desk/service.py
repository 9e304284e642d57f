"""A report on the desk of somebody who acts on it: locked, read, rights and version checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.registry.tree import Tree
from routing_service.report import case, possible, queries, rights
from routing_service.report.batch import ACTOR
from routing_service.report.case import TAKING_UP, Case, Tells
from routing_service.report.families import Files
from routing_service.report.masks import PublicAnswer
from routing_service.report.reading import service as reports
from routing_service.report.rights import Reader, Sight, Standing
from shared.clients import Client, Scope
from shared.domain import lifecycle
from shared.domain.lifecycle import Action, Holder
from shared.domain.messages import MessageKind
from shared.errors import Forbidden, Invalid
from shared.http.wire import check_version
from shared.log import events, parts, public_changes
from shared.log.events import Draft, Event, EventType, Head
from shared.log.payloads import Payload, Said


@dataclass(frozen=True, slots=True)
class Errand:
    """Who wants to act on which report, having seen which version, when."""

    reference: str
    client: Client
    if_match: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """The report that an errand names, not locked yet; whether an id has a report is seen under the lock."""

    id: UUID
    reader: Reader


@dataclass(slots=True)
class Desk:
    case: Case
    head: Head
    tree: Tree
    client: Reader
    standing: Standing
    at: datetime  #: when it counts
    now: datetime  #: when it is recorded

    async def returned(self, session: AsyncSession) -> Sequence[Event]:
        """The returns of the report so far, those of this action included."""
        return await parts.steps(session, self.case.id, EventType.REPORT_RETURNED)

    async def say(
        self,
        session: AsyncSession,
        kind: MessageKind,
        body: str,
        *,
        public: PublicAnswer | None = None,
        corrects: UUID | None = None,
    ) -> Said:
        """Store the officer's words, for the agency that they act for; returns what the event says of them.

        `public`: what everybody may read of them. `corrects`: the response that they put right.
        """
        return await queries.add_message(
            session, self.case.id, kind, body, author=self.client.actor, agency=self.speaks_for, at=self.at,
            public=public, corrects=corrects,
        )  # fmt: skip

    @property
    def speaks_for(self) -> str | None:
        """The agency whose words the officer's are; None: the national administrator's."""
        return None if self.standing is Standing.NATIONAL else self.case.holder.agency

    def check(self, action: Action) -> None:
        """For what is done after something else, as `take_up` checks it before. Raises Forbidden, IllegalTransition."""
        rights.check_standing(action, self.standing)
        _check_taken(action, self.case, self.standing)

    async def finish(
        self,
        session: AsyncSession,
        action: Action,
        *,
        holder: Holder | None = None,
        previous_agency: str | None = None,
        tells: Tells | None = None,
    ) -> Event:
        """Move the report, store it and append the status event."""
        draft = case.take(
            self.case, action, tree=self.tree, actor=self.client.actor, at=self.at, holder=holder,
            previous_agency=previous_agency, tells=tells,
            on_behalf_of=rights.on_behalf_of(action, self.client, self.case.holder),
        )  # fmt: skip
        drafts = [draft]
        if action in TAKING_UP:
            left = case.left_by_its_agency(self.case, tree=self.tree, actor=ACTOR, at=self.at, on=self.at)
            drafts += [] if left is None else [left]
        await queries.save(session, [self.case], now=self.now)
        appended = await events.append(session, self.head, *drafts, recorded_at=self.now)
        return appended[0]

    async def record(self, session: AsyncSession, payload: Payload) -> Event:
        """Append what changes no status."""
        draft = Draft(payload, self.at, self.client.actor)
        appended = await events.append(session, self.head, draft, recorded_at=self.now)
        return appended[0]


async def look_up(session: AsyncSession, errand: Errand) -> Named:
    """For what has to be done before the report is locked. Raises Forbidden, NotFound."""
    reader = rights.as_reader(errand.client)
    return Named(await reports.id_named(session, errand.reference), reader)


async def take_up(
    session: AsyncSession,
    errand: Errand,
    action: Action | None,
    *,
    occurred_at: datetime | None,
    agencies: Sequence[str | None] = (),
    words_of: str | None = None,
    named: Named | None = None,
    files: Files | None = None,
) -> Desk:
    """Take the lock of the report, then read it, then check everything that may stand against the action.

    `action` None: a note, or another mask. `agencies`: those that the request names; the desk's tree knows them, if
    they are there. `words_of`: the agency whose words alone this is about; it needs no other right to them. `named`,
    `files`: the report as it was looked up, and as it was locked and read with others, where that has been done.
    Raises NotFound, Forbidden, VersionMismatch, IllegalTransition, Invalid.
    """
    named = named or await look_up(session, errand)
    client, now = named.reader, errand.now
    taken = await _take(session, named.id, files)
    if taken is None:
        raise rights.no_report(errand.reference)
    head, case = taken
    known = registry.held_tree if action in TAKING_UP else registry.tree
    tree = await known(session, (case.holder.agency, words_of, *agencies))
    standing = rights.standing(client, case.holder, tree)
    sight = rights.sight(standing, client, secret=case.secret)
    rights.check_seen(sight, errand.reference)
    if words_of is None or not rights.speaks_for(client, words_of, tree):
        _check_standing(action, standing, sight)
    full = sight is Sight.FULL or errand.if_match is None
    check_version(errand.if_match, head.fact_seq if full else await public_changes.of_report(session, case.id))
    if action is not None:
        _check_taken(action, case, standing)
    opened = await parts.latest_move(session, case.id)
    return Desk(case, head, tree, client, standing, _counts_from(opened, client, occurred_at, now), now)


async def _take(session: AsyncSession, report_id: UUID, files: Files | None) -> tuple[Head, Case] | None:
    if files is not None:
        file = files.get(report_id)
        return None if file is None else (file.head, file.case)
    head = await events.lock_head(session, report_id)
    return None if head is None else (head, (await queries.cases(session, (report_id,)))[report_id])


def _check_taken(action: Action, case: Case, standing: Standing) -> None:
    lifecycle.check(action, case.status, holder=case.holder, among=rights.open_to(standing, case.holder))
    rights.check_holder(action, standing, case.holder)


def _check_standing(action: Action | None, standing: Standing, sight: Sight) -> None:
    if action is not None:
        rights.check_standing(action, standing)
    elif not rights.may_note(standing, sight):
        raise Forbidden("Only those who work on this report may write notes on it or mask its words.")


def _counts_from(opened: Event, client: Client, occurred_at: datetime | None, now: datetime) -> datetime:
    """When the action counts: now, except for a historical import.

    Never before `opened`, the event that opened the stage: that may lie two minutes ahead, when the clock of whoever
    entered a paper form runs fast.
    """
    if occurred_at is None:
        return max(now, opened.occurred_at)
    if not client.may(Scope.IMPORT):
        raise Forbidden("Only a historical import (scope reports:import) may say when an action occurred.")
    if occurred_at > now:
        raise Invalid("occurred_at lies in the future.", pointer="/occurred_at", code="occurred_in_future")
    if occurred_at < opened.occurred_at:
        since = opened.occurred_at.isoformat()
        raise Invalid(
            f"occurred_at lies before {opened.type.value}, which opened this stage at {since}.",
            pointer="/occurred_at",
            code="occurred_too_early",
        )
    return occurred_at


async def check_another_officer(session: AsyncSession, desk: Desk) -> None:
    """After an appeal, the officer who archived the report may not decide on it again. Raises Forbidden."""
    if await possible.must_be_decided_by_another(session, desk.case.id, desk.case.status, desk.client.sub):
        raise Forbidden(
            "You archived this report and the reporter objected; another officer must decide.",
            code="another_officer_decides",
        )
