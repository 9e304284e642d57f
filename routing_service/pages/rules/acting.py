"""What the forms of the pages of rule sets do: each by the service function of the operation of its name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.rule_sets import replaying, service
from routing_service.competence.rule_sets.schemas import (
    Activation,
    LintView,
    ReplayRequest,
    ReplayView,
    RuleSetCreate,
    RuleSetDetail,
)
from routing_service.pages.rules.shown import RulesReading
from routing_service.pages.rules.written import Mistake, RulesUnreadable, mistake_in, read_rules
from shared.domain.wording import Language
from shared.errors import DomainError, Invalid
from shared.http.translating import indonesian
from shared.http.wire import etag
from shared.pages.bodies import body_of, filled, number_in

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RulesAct:
    session: AsyncSession
    id: int
    form: Form
    reading: RulesReading

    @property
    def seen(self) -> str:
        """The version that the form was shown with."""
        return etag(number_in(self.form, "version") or 0)


def written_in(form: Form) -> str:
    """A file goes before what stands in the field."""
    return form.get("file") or form.get("rules", "")


async def draft(session: AsyncSession, form: Form, reading: RulesReading) -> RuleSetDetail:
    """Raises DomainError."""
    values: dict[str, Any] = filled(form, "agency", "name", "note", "based_on")
    body = body_of(RuleSetCreate, {"name": "", **values})
    if written_in(form).strip():
        body = body.model_copy(update={"rules": read_rules(written_in(form)).rules})
    return await service.create(session, body, reading.client)


async def carry_out_on_rules(act: RulesAct) -> None:
    """Raises DomainError: then whatever was done until there is to be rolled back."""
    do = _ACTS.get(act.form.get("act", ""))
    if do is None:
        raise Invalid("Choose what is to be done with the rule set.", pointer="/act", code="unknown_act")
    await do(act)


def _check_confirmed(act: RulesAct) -> None:
    if act.form.get("confirmed") != "yes":
        raise Invalid("Tick that you have read what changes; nothing was done.", pointer="/confirmed")


async def _replace(act: RulesAct) -> object:
    body = read_rules(written_in(act.form))
    return await service.replace_rules(act.session, act.id, body, act.reading.client, if_match=act.seen)


async def _activate(act: RulesAct) -> object:
    _check_confirmed(act)
    body = body_of(Activation, {"replaces": number_in(act.form, "replaces")})
    return await service.activate_rule_set(
        act.session, act.id, body, act.reading.client, now=act.reading.now, if_match=act.seen
    )


async def _roll_back(act: RulesAct) -> object:
    _check_confirmed(act)
    return await service.roll_back(act.session, act.id, act.reading.client, now=act.reading.now)


async def _discard(act: RulesAct) -> None:
    _check_confirmed(act)
    await service.discard(act.session, act.id, act.reading.client, if_match=act.seen)


_ACTS: Mapping[str, Callable[[RulesAct], Awaitable[object]]] = {
    "rules": _replace, "activate": _activate, "rollback": _roll_back, "discard": _discard,
}  # fmt: skip


def mistakes_of(error: DomainError, form: Form, language: Language) -> list[Mistake]:
    """By line, where what is wrong is in the rules that were written."""
    found: list[Mistake] = []
    parts = error.pointer.split("/") if isinstance(error, Invalid) else []
    if isinstance(error, RulesUnreadable):
        found = list(error.mistakes)
    elif len(parts) > 2 and parts[1] == "rules" and parts[2].isdecimal() and written_in(form).strip():
        found = [mistake_in(written_in(form), int(parts[2]) + 1, error.detail)]
    if language is Language.EN:
        return found
    return [one._replace(message=indonesian(one.message)) for one in found]


async def check_rules(act: RulesAct) -> LintView:
    known, on = act.reading.known, act.reading.on
    return await service.findings(act.session, act.id, known.directory, act.reading.client, on=on)


async def try_rules(act: RulesAct) -> ReplayView:
    """On the reports of the past. Raises Invalid."""
    body = body_of(ReplayRequest, filled(act.form, "last"))
    return await replaying.replay(act.session, act.id, act.reading.known, act.reading.client, last=body.last)
