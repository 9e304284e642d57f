"""Where officers send a report: to an instansi, to an agency, or back. Decisions are stored with what was suggested."""

from functools import partial
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.opinion import Advised
from routing_service.registry import queries as registry
from routing_service.registry.tree import Node
from routing_service.report.case import Case, Tells
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import ReportView
from routing_service.report.returns import returns_of
from routing_service.report.rights import Standing
from routing_service.work.actions import service
from routing_service.work.actions.schemas import Assignment, CorrectedView, Correction, Disposition, Forwarding, Return
from routing_service.work.decisions import queries as decision_queries
from routing_service.work.decisions import regions, views
from routing_service.work.decisions import service as decisions
from routing_service.work.decisions.advice import Adviser, Advising
from routing_service.work.desk.service import Desk, Errand, Named, look_up, take_up
from shared.domain.codes import OverrideReason
from shared.domain.lifecycle import Action, Holder, Level
from shared.domain.messages import MessageKind
from shared.domain.wording import Language
from shared.errors import Forbidden, Invalid
from shared.log.payloads.routing import ReportAssigned, ReportForwarded, ReportRedirected, ReportReturned


async def forward(session: AsyncSession, errand: Errand, body: Forwarding, advising: Advising) -> ReportView:
    named = await look_up(session, errand)
    adviser = await _adviser(session, named, advising)
    desk = await take_up(
        session, errand, Action.FORWARD, occurred_at=body.occurred_at, agencies=(body.agency,), named=named
    )
    target = await _target(session, desk, body.agency)
    if target.parent is not None:
        raise Invalid(
            f"{target.code} is not an instansi; forward to {desk.tree.root(target.code)}, or dispose.",
            pointer="/agency",
            code="not_an_instansi",
        )
    holder = Holder(Level.COORDINATOR, target.code)
    if holder == desk.case.holder:
        raise Invalid(f"{target.code} holds this report already.", pointer="/agency", code="same_agency")
    if desk.standing is Standing.COORDINATOR:
        returns_of(await desk.returned(session), advising.most_returns).check_may_pass_on(desk.case.holder)
    sending = _Sending(Action.FORWARD, holder, ReportForwarded, previous_agency=desk.case.holder.agency)
    return await _send(session, desk, sending, adviser, body.override_reason)


async def dispose(session: AsyncSession, errand: Errand, body: Disposition, advising: Advising) -> ReportView:
    named = await look_up(session, errand)
    adviser = await _adviser(session, named, advising)
    first = Action.VERIFY if body.verifies else Action.DISPOSE
    desk = await take_up(session, errand, first, occurred_at=body.occurred_at, agencies=(body.agency,), named=named)
    if body.verifies:
        await service.set_verified(session, desk, body)
        desk.check(Action.DISPOSE)
    return await _assign(session, desk, body, adviser, Action.DISPOSE)


async def redirect(session: AsyncSession, errand: Errand, body: Assignment, advising: Advising) -> ReportView:
    named = await look_up(session, errand)
    adviser = await _adviser(session, named, advising)
    action, agencies = Action.REDIRECT, (body.agency,)
    desk = await take_up(session, errand, action, occurred_at=body.occurred_at, agencies=agencies, named=named)
    return await _assign(session, desk, body, adviser, action)


async def _assign(session: AsyncSession, desk: Desk, body: Assignment, adviser: Adviser, action: Action) -> ReportView:
    target = await _target(session, desk, body.agency)
    _check_subtree(desk, target)
    if target.code == desk.case.agency:
        raise Invalid(f"This report is assigned to {target.code} already.", pointer="/agency", code="same_agency")
    said = None if body.note is None else await desk.say(session, MessageKind.NOTE, body.note)
    tells: Tells = partial(ReportAssigned, said=said)
    if action is Action.REDIRECT:
        tells = partial(ReportRedirected, previous_agency=desk.case.agency, said=said)
    sending = _Sending(action, Holder(Level.AGENCY, target.code), tells)
    return await _send(session, desk, sending, adviser, body.override_reason)


async def correct(
    session: AsyncSession, errand: Errand, body: Correction, advising: Advising, language: Language
) -> CorrectedView:
    """Under another category another agency may be competent; the officer who corrects the category sends it there."""
    named = await look_up(session, errand)
    adviser = await _adviser(session, named, advising)
    desk = await service.correct(session, errand, body, named)
    advised = await adviser.on(session, desk.case, await desk.returned(session), desk.at)
    elsewhere = _is_elsewhere(desk.case, advised)
    return CorrectedView(
        **(await _seen(session, desk)).model_dump(),
        suggestion=views.suggestion(decisions.explained(advised), language) if elsewhere else None,
    )


def _is_elsewhere(case: Case, advised: Advised) -> bool:
    """Whether the case is clear, and for another agency than has it."""
    if not advised.decision.clear:
        return False
    if case.holder.agency is None:
        return True
    return decisions.differs(advised, case.holder.agency, instansi=case.holder.level is Level.COORDINATOR)


async def give_back(session: AsyncSession, errand: Errand, body: Return, advising: Advising) -> ReportView:
    """Not ours. A response closes this way: it leaves `assigned`, where alone an agency may return."""
    named = await look_up(session, errand)
    adviser = await _adviser(session, named, advising)
    desk = await take_up(
        session, errand, Action.RETURN, occurred_at=body.occurred_at, agencies=(body.suggested_agency,), named=named
    )
    if body.suggested_agency is not None:
        _known(desk, body.suggested_agency, "/suggested_agency")
    holder = desk.case.holder
    if body.suggested_agency is not None and body.suggested_agency == holder.agency:
        raise Invalid(
            f"{holder.agency} returns the report as not its own; suggest another agency, or none.",
            pointer="/suggested_agency",
            code="same_agency",
        )
    returns = returns_of(await desk.returned(session), advising.most_returns)
    returns.check_may_pass_on(holder)
    tells = partial(
        ReportReturned, reason=body.reason, previous_agency=holder.agency, suggested_agency=body.suggested_agency
    )
    event = await desk.finish(session, Action.RETURN, holder=returns.goes_to(holder, desk.tree), tells=tells)
    advised = await adviser.on(session, desk.case, await desk.returned(session), desk.at)
    await decision_queries.store_decisions(session, [decisions.of_event(event, advised)], now=desk.now)
    return await _seen(session, desk)


async def _adviser(session: AsyncSession, named: Named, advising: Advising) -> Adviser:
    """The suggestion is worked out before the report is locked; the report may be missing, or not theirs to see."""
    adviser = await advising.adviser(session, (named.id,))
    await adviser.think()
    return adviser


class _Sending(NamedTuple):
    action: Action
    holder: Holder  #: to whom
    tells: Tells
    previous_agency: str | None = None


async def _send(
    session: AsyncSession, desk: Desk, sending: _Sending, adviser: Adviser, reason: OverrideReason | None
) -> ReportView:
    agency = sending.holder.agency
    assert agency is not None
    advised = await adviser.on(session, desk.case, await desk.returned(session), desk.at)
    regions.find(desk.case, advised.opinion)
    event = await desk.finish(
        session, sending.action, holder=sending.holder, previous_agency=sending.previous_agency, tells=sending.tells
    )
    decision = decisions.of_choice(event, agency, advised, reason)
    await decision_queries.store_decisions(session, [decision], now=desk.now)
    return await _seen(session, desk)


async def _seen(session: AsyncSession, desk: Desk) -> ReportView:
    return await reports.after_action(session, desk.case.id, desk.client, desk.tree)


def _known(desk: Desk, code: str, pointer: str) -> Node:
    node = desk.tree.get(code)
    if node is None:
        raise Invalid(f"There is no agency {code}.", pointer=pointer, code="unknown_agency")
    return node


async def _target(session: AsyncSession, desk: Desk, code: str) -> Node:
    _known(desk, code, "/agency")
    node = (await registry.offices(session, (code,)))[code]
    if not node.serves_at(desk.at):
        raise Invalid(f"{code} is out of service; choose another agency.", pointer="/agency", code="inactive_agency")
    return node


def _check_subtree(desk: Desk, target: Node) -> None:
    """A coordinator assigns inside its own instansi; the national administrator anywhere."""
    if desk.standing is Standing.NATIONAL:
        return
    if not desk.tree.within(target.code, desk.client.agency or ""):
        raise Forbidden(
            f"{target.code} is not part of {desk.client.agency}; return the report or forward it.",
            code="outside_subtree",
        )
