"""What everybody reads of a report: its words and its official answers, what is hidden in them, and its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages.attempts import body_of
from routing_service.registry import queries as registry
from routing_service.report import rights
from routing_service.report.masks import Kind
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import MessageView
from routing_service.report.rights import Sight
from routing_service.work.desk.service import Errand
from routing_service.work.evidence import service as evidence
from routing_service.work.evidence.schemas import EvidenceReviewChange, OfficersEvidence
from routing_service.work.masking import refusals
from routing_service.work.masking import service as masking
from routing_service.work.masking.answers import service as answers
from routing_service.work.masking.answers.schemas import AnswerChange, AnswerMaskView
from routing_service.work.masking.schemas import MaskChange, MaskView
from shared.clients import Client
from shared.domain.messages import OFFICIAL
from shared.errors import Forbidden, Invalid
from shared.pages.seat import Sent


@dataclass(frozen=True, slots=True)
class HiddenWords:
    """`place`: how a form names it."""

    place: str
    label: str
    words: str
    by_officer: bool
    lifted: bool


@dataclass(frozen=True, slots=True)
class PublicText:
    """Of the report, or of one of its official answers. `body` None: it is being made."""

    message: MessageView | None
    version: int
    title: str | None
    body: str | None
    hidden: list[HiddenWords]


@dataclass(frozen=True, slots=True)
class PublicFile:
    file: OfficersEvidence
    may_show: bool


@dataclass(frozen=True, slots=True)
class Published:
    number: str
    version: int
    title: str
    secret: bool
    texts: list[PublicText]
    files: list[PublicFile]
    may_change: bool
    may_lift: bool
    zone_of: str | None


async def published(session: AsyncSession, reference: str, client: Client, *, most_returns: int) -> Published:
    """Raises Forbidden, NotFound. An agency that answered before sees its own answers alone."""
    found = await reports.find_report(session, reference, client)
    number: str = found.row.tracking_number
    report = await reports.read_report(session, number, client, most_returns=most_returns)
    texts = await _texts(session, number, client, report.messages, whole=found.sight is Sight.FULL)
    if not texts:
        raise Forbidden("Only those who may read what the reporter wrote see what is masked in it.")
    files: list[PublicFile] = []
    if found.sight is Sight.FULL:
        listed = (await evidence.list_evidence(session, number, client)).items
        tree = await registry.tree(session, (found.row.holder_agency_code, *(file.agency for file in listed)))
        files = [
            PublicFile(file, evidence.may_show(found.standing, found.reader, file.agency, tree)) for file in listed
        ]
    writes = rights.may_note(found.standing, found.sight) or found.sight is not Sight.FULL
    return Published(
        number, report.version, report.title or number, report.secret, texts, files, writes,
        refusals.may_lift(found.standing), report.region,
    )  # fmt: skip


async def _texts(
    session: AsyncSession, number: str, client: Client, messages: Sequence[MessageView], *, whole: bool
) -> list[PublicText]:
    found = []
    if whole:
        text = await masking.show(session, number, client)
        masked = text.masked
        found.append(
            PublicText(
                None, text.version, None if masked is None else masked.title, None if masked is None else masked.body,
                _hidden(text.masks),
            )
        )  # fmt: skip
    for message in messages:
        if message.kind not in OFFICIAL:
            continue
        try:
            answer = await answers.show(session, number, message.id, client)
        except Forbidden:  # another agency gave it
            continue
        found.append(PublicText(message, answer.version, None, answer.masked, _hidden(answer.masks)))
    return found


def _hidden(masks: Sequence[MaskView] | Sequence[AnswerMaskView]) -> list[HiddenWords]:
    return [
        HiddenWords(
            ":".join((getattr(one, "field", "body"), str(one.start), str(one.end))), one.label, one.words,
            one.source.value == "verifier", one.lifted,
        )
        for one in masks
    ]  # fmt: skip


# --- acts --------------------------------------------------------------------------------------------------


async def change(session: AsyncSession, errand: Errand, sent: Sent) -> None:
    """Raises DomainError."""
    act = sent.last("act")
    if act in ("release", "withhold"):
        body = EvidenceReviewChange(released=act == "release")
        await evidence.review_evidence(session, errand, _id(sent, "evidence"), body)
    elif act in ("mask", "lift"):
        values = _masking(sent) if act == "mask" else _lifting(sent)
        if sent.last("message"):
            change = body_of(AnswerChange, values)
            await answers.change_public_answer(session, errand, _id(sent, "message"), change)
        else:
            await masking.change_public_text(session, errand, body_of(MaskChange, values))
    else:
        raise Invalid("Choose what is to be done with the report.", pointer="/act", code="unknown_act")


def _masking(sent: Sent) -> dict[str, Any]:
    words = [line for line in (line.strip() for line in sent.last("words").splitlines()) if line]
    if not words:
        raise Invalid("Write the words that nobody outside shall read.", pointer="/words", code="words_not_found")
    return {"words": words, "type": sent.last("type") or Kind.OTHER.value}


def _lifting(sent: Sent) -> dict[str, Any]:
    places = [_place(one, of_answer=bool(sent.last("message"))) for one in sent.all("lift")]
    if not places:
        raise Invalid("Choose which words everybody may read again.", pointer="/lift", code="unknown_mask")
    return {"lift": places, "reason": sent.last("reason").strip() or None}


def _place(said: str, *, of_answer: bool) -> dict[str, Any]:
    field, start, end = (*said.split(":"), "", "", "")[:3]
    return ({} if of_answer else {"field": field}) | {"start": start, "end": end}


def _id(sent: Sent, name: str) -> UUID:
    try:
        return UUID(sent.last(name))
    except ValueError:
        raise Invalid("Choose it on the page.", pointer=f"/{name}", code="unknown_act") from None
