"""Asks the reporter for evidence: an officer by one action, or the service by itself where that is switched on."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.report import families
from routing_service.report import queries as common
from routing_service.report.batch import ACTOR, File
from routing_service.report.consequences import Move
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import ReportView
from routing_service.work.desk.service import Errand, check_another_officer, take_up
from routing_service.work.evidence import queries
from routing_service.work.evidence.schemas import EvidenceRequest
from shared.database import REQUEST_IDLE_SECONDS, Sessions, release_when_idle
from shared.domain.lifecycle import VERIFYING, Action
from shared.domain.messages import MessageKind
from shared.domain.wording import Language, Wording, say
from shared.errors import Conflict
from shared.log.events import EventType
from shared.log.payloads.routing import ReportHeld

QUESTION: Wording = (
    "Mohon lampirkan foto, video, atau dokumen yang menunjukkan hal yang Anda laporkan. Tanpa bukti, laporan ini belum "
    "dapat diteruskan. Jika Anda tidak dapat melampirkannya, tuliskan alasannya sebagai tanggapan.",
    "Please add a photo, a video or a document that shows what you report. Without evidence this report cannot be "
    "passed on. If you cannot add any, write why in a reply.",
)
PORTION = 50


async def request_evidence(session: AsyncSession, errand: Errand, body: EvidenceRequest) -> ReportView:
    """Holds the report, as any question does. Raises what `take_up` raises, Conflict."""
    desk = await take_up(session, errand, Action.HOLD, occurred_at=body.occurred_at)
    await check_another_officer(session, desk)
    if await queries.is_there(session, desk.case.id):
        raise Conflict(
            "The reporter has added a file already; ask your own question with a hold, if it proves nothing.",
            code="evidence_is_there",
        )
    question = body.question or say(QUESTION, body.language)
    said = await desk.say(session, MessageKind.QUESTION, question)
    await desk.finish(session, Action.HOLD, tells=partial(ReportHeld, said=said, evidence=True))
    return await reports.after_action(session, desk.case.id, desk.client, desk.tree)


async def hold_what_lacks_evidence(sessions: Sessions, *, wait: timedelta, now: datetime) -> int:
    """Hold a portion of what has waited so long for its evidence; how many. Each report once, however many copies of
    the service do this: what has been held before is left to the officers.
    """
    async with sessions.begin() as session:
        await release_when_idle(session, seconds=REQUEST_IDLE_SECONDS)
        found = await queries.lacking(session, recorded_before=now - wait, limit=PORTION)
        files = await families.open_files(session, found)
        held = [file for file in files.values() if await _still_lacks(session, file)]
        tree = await registry.tree(session, (file.case.holder.agency for file in held))
        for file in held:
            said = await common.add_message(
                session, file.case.id, MessageKind.QUESTION, say(QUESTION, Language.ID), author=ACTOR,
                agency=file.case.holder.agency, at=now,
            )  # fmt: skip
            file.take(Move(Action.HOLD, partial(ReportHeld, said=said, evidence=True)), tree=tree, at=now, now=now)
        await families.store_files(session, files, now=now)
    return len(held)


async def _still_lacks(session: AsyncSession, file: File) -> bool:
    """Read again under the lock of the report."""
    if file.case.status not in VERIFYING or any(event.type is EventType.REPORT_HELD for event in file.history):
        return False
    needed = await queries.is_needed(session, file.case.category)
    return needed and not await queries.is_there(session, file.case.id)
