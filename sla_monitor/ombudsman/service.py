"""Only with the reporter's consent is there a package; refusal and silence are answered as such."""

import logging
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role, Scope
from shared.errors import Conflict, NotFound
from shared.ids import report_named
from shared.log import consents, events
from shared.log.consents import ConsentState
from shared.queries.reach import reach_of
from sla_monitor import deadlines
from sla_monitor.ombudsman import package, queries
from sla_monitor.reference.service import References

logger = logging.getLogger(__name__)

WITHOUT_CONSENT: Mapping[ConsentState, tuple[str, str]] = MappingProxyType(
    {
        ConsentState.NOT_ASKED: (
            "consent_not_asked",
            "The reporter has not been asked yet; that happens when the oversight of the resolution is due.",
        ),
        ConsentState.ASKED: (
            "consent_pending",
            "The reporter has been asked and has not answered yet; wait for the answer.",
        ),
        ConsentState.SILENT: (
            "consent_silent",
            "The reporter was asked and has been silent; without consent there is no package.",
        ),
        ConsentState.REFUSED: ("consent_refused", "The reporter does not want the Ombudsman to take the case over."),
        ConsentState.WITHDRAWN: (
            "report_withdrawn",
            "The reporter has withdrawn this report, and with it any consent given before; there is no package.",
        ),
    }
)


class Package(NamedTuple):
    name: str
    content: bytes


async def make_package(
    session: AsyncSession, reference: str, client: Client, references: References, *, now: datetime
) -> Package:
    named = report_named(reference)
    report = None if named is None else await queries.report(session, named)
    hidden = report is not None and report.secret and client.role is Role.SUPERVISOR and not client.may(Scope.SECRET)
    if report is None or hidden or not await queries.is_reached(session, report.id, await reach_of(session, client)):
        raise NotFound(f"There is no report {reference}.")
    history = await events.history(session, report.id)
    consent = consents.to_ombudsman(history, now=now)
    if consent.state is not ConsentState.GRANTED or consent.answered_at is None:
        code, sentence = WITHOUT_CONSENT[consent.state]
        raise Conflict(sentence, code=code)
    rules = await references.current(session)
    policy = rules.policy_of(history)
    case = package.OmbudsmanCase(
        report=report,
        messages=await queries.messages(session, report.id),
        chain=await queries.chain(session, report.id),
        clocks=deadlines.clocks(history, policy, rules.calendar, local_limits=rules.local_limits),
        policy=policy,
        calendar=rules.calendar,
        asked_at=consent.asked_at,
        consented_at=consent.answered_at,
        made_at=now,
    )
    logger.info("package for the Ombudsman made", extra={"report_id": str(report.id), "actor": client.actor})
    return Package(f"ombudsman-{report.tracking_number}.zip", package.packed(case))
