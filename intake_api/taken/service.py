"""The offer, and what the reporter makes of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence.media.said import open_said
from intake_api.evidence.media.tasks import CameraSaid
from intake_api.reporters import access
from intake_api.reporters.access import Credentials
from intake_api.taken import queries
from intake_api.taken.schemas import TakenChoice, TakenOffer
from shared.domain.evidence import EvidenceState
from shared.domain.wording import Language, say
from shared.errors import Conflict, NotFound
from shared.keys.held import Keys
from shared.log import events
from shared.log.events import Draft
from shared.log.payloads.intake import EvidenceTold
from shared.schema import Evidence


async def offer(
    session: AsyncSession, tracking_number: str, evidence_id: UUID, who: Credentials, *, keys: Keys, language: Language
) -> TakenOffer:
    """Raises Unauthenticated, NotFound, Conflict."""
    report, _ = await access.find_own(session, tracking_number, who)
    found, said = await _said(session, report.id, evidence_id, keys)
    return _offer(found, said, language)


async def choose(
    session: AsyncSession, tracking_number: str, evidence_id: UUID, who: Credentials, choice: TakenChoice, *,
    keys: Keys, language: Language, now: datetime,
) -> TakenOffer:  # fmt: skip
    """Raises Unauthenticated, NotFound, Conflict."""
    report, _ = await access.find_own(session, tracking_number, who)
    head = await events.lock_head(session, report.id)
    assert head is not None
    found, said = await _said(session, report.id, evidence_id, keys)
    if (choice.time and said.taken_at is None) or (choice.place and said.latitude is None):
        raise Conflict("The file does not say this; tell it in a reply.", code="nothing_to_tell")
    if (choice.time, choice.place) != (found.told_taken_at is not None, found.told_latitude is not None):
        values = {
            "told_taken_at": said.taken_at if choice.time else None,
            "told_latitude": said.latitude if choice.place else None,
            "told_longitude": said.longitude if choice.place else None,
        }
        await queries.store_taken(session, found.id, values)
        told = EvidenceTold(
            by=who.proof, client=who.carried_by, evidence=found.id, time=choice.time, place=choice.place
        )
        await events.append(session, head, Draft(told, now, who.actor), recorded_at=now)
        found, said = await _said(session, report.id, evidence_id, keys)
    return _offer(found, said, language)


async def _said(session: AsyncSession, report_id: UUID, evidence_id: UUID, keys: Keys) -> tuple[Evidence, CameraSaid]:
    own = await queries.find_own(session, report_id, evidence_id)
    if own is None:
        raise NotFound(f"You have added no evidence {evidence_id} to this report.", code="unknown_evidence")
    found, original = own
    if found.state is not EvidenceState.READY:
        raise Conflict(
            "This file is still being looked at, or was not taken as evidence; the list of evidence says which.",
            code="evidence_not_ready",
        )
    return found, CameraSaid() if found.said_sealed is None else open_said(keys, original, found.said_sealed)


def _offer(found: Evidence, said: CameraSaid, language: Language) -> TakenOffer:
    return TakenOffer(
        sentence=_sentence(said, language),
        taken_at=said.taken_at,
        latitude=said.latitude,
        longitude=said.longitude,
        time_is_told=found.told_taken_at is not None,
        place_is_told=found.told_latitude is not None,
    )


def _sentence(said: CameraSaid, language: Language) -> str | None:
    """The offer as people read it. Nothing of it is passed on by reading it."""
    if said.taken_at is None and said.latitude is None:
        return None
    parts = []
    if said.latitude is not None and said.longitude is not None:
        parts.append(say(("di {0}", "at {0}"), language).format(f"{said.latitude:.5f}, {said.longitude:.5f}"))
    if said.taken_at is not None:
        taken = datetime.fromisoformat(said.taken_at)
        parts.append(say(("pada {0}", "on {0}"), language).format(f"{taken:%Y-%m-%d %H:%M}"))
    whole = (
        "Menurut berkas ini, gambarnya diambil {0}. Hanya Anda yang melihat ini, kecuali Anda memberitahukannya.",
        "The file says that it was taken {0}. Only you see this, unless you tell it.",
    )
    return say(whole, language).format(" ".join(parts))
