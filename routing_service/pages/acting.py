"""What the forms of a report's page do: each by the service function of the operation of its name, and no other way."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages.attempts import Body, body_of
from routing_service.report.reading.schemas import ReportView
from routing_service.work.actions import sending, service
from routing_service.work.actions.schemas import (
    AnswerCorrection,
    Archiving,
    Assignment,
    Correction,
    DirectAnswer,
    Disposition,
    Forwarding,
    Hold,
    OfficialAnswer,
    Resumption,
    Return,
    Verification,
)
from routing_service.work.decisions.advice import Advising
from routing_service.work.desk.service import Errand
from routing_service.work.evidence import demanding
from routing_service.work.evidence.schemas import EvidenceRequest
from routing_service.work.merging import service as merging
from routing_service.work.merging.schemas import Merger, Parting
from routing_service.work.notes import service as notes
from routing_service.work.notes.schemas import Note
from shared.domain.wording import Language
from shared.errors import Invalid

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One that somebody wants done: what they typed, and with what it is weighed. `files`: those that were ticked."""

    session: AsyncSession
    errand: Errand
    form: Form
    advising: Advising
    language: Language
    files: Sequence[str] = ()


async def carry_out(act: Act) -> ReportView | BaseModel:
    """Raises DomainError: then whatever was done until there is to be rolled back."""
    do = _ACTS.get(act.form.get("act", ""))
    if do is None:
        raise Invalid("Choose what is to be done with the report.", pointer="/act", code="unknown_act")
    return await do(act)


def _read(model: type[Body], act: Act, *names: str, **more: Any) -> Body:
    """The body of the operation; a field that was left empty is left out. Raises Invalid."""
    return body_of(model, {name: found for name in names if (found := _typed(act, name))} | more)


def _typed(act: Act, name: str) -> str:
    """What is chosen from a list that lies folded goes before; of an agency, the button that was pressed."""
    other = act.form.get(f"other_{name}", "").strip()
    given = act.form.get(name, "")
    return (given if name == "agency" and given.strip() else other) or (given if given.strip() else "")


_CLASSING = ("title", "classification", "category", "region")


def _classing(act: Act) -> dict[str, Any]:
    """Boxes of a form are ticked or not there: anonymous and secret are set so, and never taken away."""
    ticked = {name: True for name in ("anonymous", "secret") if act.form.get(name) == "yes"}
    supervisory = act.form.get("supervisory")
    return ticked | ({"supervisory": supervisory == "yes"} if supervisory in ("yes", "no") else {})


async def _verify(act: Act) -> BaseModel:
    return await service.verify(act.session, act.errand, _read(Verification, act, *_CLASSING, **_classing(act)))


async def _dispose(act: Act) -> BaseModel:
    """One that is not verified yet is so in the same step: both, or neither."""
    names, more = (_CLASSING, _classing(act)) if act.form.get("verifies") == "yes" else ((), {})
    body = _read(Disposition, act, "agency", "note", "override_reason", *names, **more)
    return await sending.dispose(act.session, act.errand, body, act.advising)


async def _forward(act: Act) -> BaseModel:
    """The same: verified first, where the form says so."""
    body, errand = _read(Forwarding, act, "agency", "override_reason"), act.errand
    if act.form.get("verifies") == "yes":
        await _verify(act)
        errand = replace(errand, if_match=None)  # what was verified a moment ago was seen
    return await sending.forward(act.session, errand, body, act.advising)


async def _redirect(act: Act) -> BaseModel:
    body = _read(Assignment, act, "agency", "note", "override_reason")
    return await sending.redirect(act.session, act.errand, body, act.advising)


async def _return(act: Act) -> BaseModel:
    body = _read(Return, act, "reason", "suggested_agency")
    return await sending.give_back(act.session, act.errand, body, act.advising)


def _shown(act: Act) -> dict[str, Any]:
    """Files of the agency that are shown with its answer, and whether everybody may see them."""
    if not act.files:
        return {}
    return {"evidence": list(act.files), "release_evidence": act.form.get("release_evidence") == "yes"}


async def _hold(act: Act) -> BaseModel:
    return await service.hold(act.session, act.errand, _read(Hold, act, "question"))


async def _ask_for_evidence(act: Act) -> BaseModel:
    return await demanding.request_evidence(act.session, act.errand, _read(EvidenceRequest, act, "question"))


async def _resume(act: Act) -> BaseModel:
    return await service.resume(act.session, act.errand, Resumption())


async def _archive(act: Act) -> BaseModel:
    return await service.archive(act.session, act.errand, _read(Archiving, act, "reason", "explanation", "note"))


async def _respond(act: Act) -> BaseModel:
    body = _read(OfficialAnswer, act, "body", final=act.form.get("final") == "yes", **_shown(act))
    return await service.respond(act.session, act.errand, body)


async def _answer(act: Act) -> BaseModel:
    return await service.answer(act.session, act.errand, _read(DirectAnswer, act, "body", **_shown(act)))


async def _put_right(act: Act) -> BaseModel:
    body = _read(AnswerCorrection, act, "message", "body", **_shown(act))
    return await service.put_right(act.session, act.errand, body)


async def _correct(act: Act) -> BaseModel:
    names = ("classification", "category", "region")
    body = _read(Correction, act, *names, **_classing(act))
    return await sending.correct(act.session, act.errand, body, act.advising, act.language)


async def _note(act: Act) -> BaseModel:
    return await notes.write_note(act.session, act.errand, _read(Note, act, "body"))


async def _merge(act: Act) -> BaseModel:
    return await merging.merge(act.session, act.errand, _read(Merger, act, "into", "note"))


async def _unmerge(act: Act) -> BaseModel:
    return await merging.unmerge(act.session, act.errand, _read(Parting, act, "note"))


_ACTS: Mapping[str, Callable[[Act], Awaitable[BaseModel]]] = {
    "verify": _verify, "dispose": _dispose, "forward": _forward, "redirect": _redirect, "return": _return,
    "hold": _hold, "ask_for_evidence": _ask_for_evidence, "resume": _resume, "archive": _archive,
    "respond": _respond, "answer": _answer, "put_right": _put_right, "correct": _correct, "note": _note,
    "merge": _merge, "unmerge": _unmerge,
}  # fmt: skip
#: After these the report lies on another desk, and the next one of the box is shown.
GOES_ON = frozenset(
    {
        "dispose", "forward", "redirect", "return", "hold", "ask_for_evidence", "archive", "answer",
        "respond", "merge",
    }
)  # fmt: skip
