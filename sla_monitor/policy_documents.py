"""Policies as JSON documents: what they may say, and every mistake in one named by its field."""

import json
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared.domain.clocks import OnDue, StepKind
from shared.domain.lifecycle import Level, Status
from shared.domain.officers import Recipient
from shared.domain.wording import Wording
from shared.errors import DomainError
from shared.http import field_errors
from shared.log.events import EventType
from sla_monitor.policy import Condition, Due, Limit, Mark, Policy, Stage, Step, Trigger, Unit

SHIPPED = ("ID-SP4N-2018", "ID-SP4N-2025")
#: Who that is depends on who holds the report when a step is due; a stage may say it for all holders alike.
RECIPIENT_GROUPS = frozenset({"owner", "superior", "above", "leadership"})
# Not the monitor's own: they follow from clocks.
_EVENTS = frozenset(event.value for event in EventType if not event.startswith(("clock.", "policy.")))

Scalar = Annotated[str | int | bool | None, Field(union_mode="smart")]
When = dict[str, Annotated[list[Scalar], Field(min_length=1)]]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class PolicyInvalid(DomainError):
    """A policy document that cannot be read; every error names its field."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "policy_invalid"

    def __init__(self, code: str, errors: list[dict[str, str]]) -> None:
        fields = "; ".join(f"{error['pointer']}: {error['message']}" for error in errors)
        super().__init__(f"The policy {code} cannot be used. {fields}")
        self._errors = errors

    @property
    def errors(self) -> list[dict[str, str]]:
        return self._errors


def _event_name(value: object) -> object:
    if isinstance(value, str) and value not in _EVENTS:
        raise ValueError(f"there is no event type {value}")
    return value


def _as_trigger(value: object) -> object:
    return {"event": value} if isinstance(value, str) else value


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Document):
    id: Text
    en: Text


#: A law is called alike in both languages; whatever else is the basis of a rule is said in each.
LegalBasis = Text | Label


class TriggerDocument(_Document):
    event: Annotated[str, BeforeValidator(_event_name)]
    where: When = {}


Triggers = list[Annotated[TriggerDocument, BeforeValidator(_as_trigger)]]


class LimitDocument(_Document):
    days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    unit: Unit
    when: When = {}
    mark: Mark
    legal_basis: LegalBasis | None = None  # that of the stage unless it has its own


class DueDocument(_Document):
    action: OnDue
    when: When = {}


class StepDocument(_Document):
    offset: Annotated[int, Field(strict=True, ge=-60, le=365)]
    level: Annotated[int, Field(strict=True, ge=0, le=9)]
    kind: StepKind
    to: list[str]


class LadderDocument(_Document):
    legal_basis: LegalBasis
    mark: Mark
    steps: list[StepDocument]


class StageDocument(_Document):
    label: Label
    legal_basis: LegalBasis
    start_mark: Mark
    starts: Annotated[Triggers, Field(min_length=1)]
    stops: Triggers
    cancels: Triggers = []
    resumes: Triggers = []
    pauses: list[Status] = []
    limits: Annotated[list[LimitDocument], Field(min_length=1)]
    on_due: Annotated[list[DueDocument], Field(min_length=1)]
    ladder: str
    recipients: dict[str, list[str]] = {}


class PolicyDocument(_Document):
    code: Code
    name: Label
    legal_basis: Text
    active: bool = False
    effective_from: date | None = None
    cuti_bersama_off: bool = True
    new_round: list[Annotated[str, BeforeValidator(_event_name)]]
    recipients: dict[Level, dict[str, list[str]]] = {}
    stages: dict[Code, StageDocument]
    ladders: dict[str, LadderDocument] = {}


def parse_policy(document: object) -> Policy:
    """The policy that a document describes. Raises PolicyInvalid with every mistake at once."""
    code = str(document.get("code", "without a code")) if isinstance(document, Mapping) else "without a code"
    try:
        read = PolicyDocument.model_validate(document)
    except ValidationError as error:
        raise PolicyInvalid(code, [_readable(item) for item in error.errors(include_url=False)]) from None
    if mistakes := list(_contradictions(read)):
        raise PolicyInvalid(code, [{"pointer": p, "message": message} for p, message in mistakes])
    return Policy(
        code=read.code,
        name=_wording(read.name),
        legal_basis=read.legal_basis,
        active=read.active,
        effective_from=read.effective_from,
        cuti_bersama_off=read.cuti_bersama_off,
        new_round=frozenset(read.new_round),
        # Sorted: a jsonb column keeps no order, and the order of clocks must not depend on where a policy was.
        stages={name: _stage(name, stage, read) for name, stage in sorted(read.stages.items())},
    )


def shipped(code: str) -> dict[str, Any]:
    """A policy document that comes with the product, complete with its ladders."""
    document = _read(f"{code}.json")
    if not document["stages"]:
        return document
    return {**document, "recipients": _read("recipients.json"), "ladders": _read("ladders.json")}


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files("sla_monitor") / "data" / name).read_text(encoding="utf-8"))
    return content


def _readable(error: Any) -> dict[str, str]:
    pointer = "".join(f"/{part}" for part in error["loc"])
    return {"pointer": pointer or "/", **field_errors.told({**error, "loc": ("body", *error["loc"])}, PolicyDocument)}


def _contradictions(policy: PolicyDocument) -> list[tuple[str, str]]:
    found = []
    if policy.active and not policy.stages:
        found.append(("/stages", "an active policy needs at least one stage."))
    for name, ladder in policy.ladders.items():
        offsets = [step.offset for step in ladder.steps]
        if any(later <= earlier for earlier, later in pairwise(offsets)):
            found.append((f"/ladders/{name}/steps", "the offsets of a ladder ascend."))
    for level, groups in policy.recipients.items():
        found += _unknown_recipients(f"/recipients/{level}", groups)
    for name, stage in policy.stages.items():
        found += _stage_contradictions(f"/stages/{name}", stage, policy)
    return found


def _unknown_recipients(at: str, groups: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    found = []
    for group, roles in groups.items():
        if group not in RECIPIENT_GROUPS:
            found.append((f"{at}/{group}", f"a group is one of {_listed(RECIPIENT_GROUPS)}."))
        if unknown := sorted(set(roles) - frozenset(Recipient)):
            found.append((f"{at}/{group}", f"there is no recipient {', '.join(unknown)}."))
    return found


def _stage_contradictions(at: str, stage: StageDocument, policy: PolicyDocument) -> list[tuple[str, str]]:
    found = []
    if stage.limits[-1].when:
        found.append((f"{at}/limits", "the last limit has no condition, so that every report has one."))
    if stage.on_due[-1].when:
        found.append((f"{at}/on_due", "the last action has no condition, so that every clock has one."))
    found += _unknown_recipients(f"{at}/recipients", stage.recipients)
    if stage.ladder not in policy.ladders:
        return [*found, (f"{at}/ladder", f"there is no ladder {stage.ladder} in /ladders.")]
    named = {name for step in policy.ladders[stage.ladder].steps for name in step.to}
    missing = {name for level in Level for name in named - frozenset(Recipient) - set(_groups(stage, policy, level))}
    if missing:
        found.append((f"{at}/recipients", f"the ladder names {', '.join(sorted(missing))}; say who that is."))
    return found


def _groups(stage: StageDocument, policy: PolicyDocument, level: Level) -> Mapping[str, list[str]]:
    """What a stage says itself goes before what the policy says of a holder."""
    return {**policy.recipients.get(level, {}), **stage.recipients}


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _stage(name: str, stage: StageDocument, policy: PolicyDocument) -> Stage:
    return Stage(
        name=name,
        label=_wording(stage.label),
        starts=_triggers(stage.starts),
        stops=_triggers(stage.stops),
        cancels=_triggers(stage.cancels),
        resumes=_triggers(stage.resumes),
        pauses=frozenset(status.value for status in stage.pauses),
        limits=tuple(
            Limit(
                days=limit.days,
                unit=limit.unit,
                when=_condition(limit.when),
                legal_basis=_wording(limit.legal_basis or stage.legal_basis),
                mark=limit.mark,
            )
            for limit in stage.limits
        ),
        on_due=tuple(Due(due.action, _condition(due.when)) for due in stage.on_due),
        steps=tuple(
            Step(
                step.offset,
                step.level,
                step.kind,
                {level: _recipients(step.to, _groups(stage, policy, level)) for level in Level},
            )
            for step in policy.ladders[stage.ladder].steps
        ),
        legal_basis=_wording(stage.legal_basis),
        start_mark=stage.start_mark,
    )


def _wording(basis: str | Label) -> Wording:
    return (basis, basis) if isinstance(basis, str) else (basis.id, basis.en)


def _recipients(to: list[str], groups: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Roles in the order named, each once."""
    return tuple(dict.fromkeys(role for name in to for role in groups.get(name, [name])))


def _triggers(triggers: list[TriggerDocument]) -> tuple[Trigger, ...]:
    return tuple(Trigger(trigger.event, _condition(trigger.where)) for trigger in triggers)


def _condition(when: When) -> Condition:
    return Condition(tuple((name, frozenset(values)) for name, values in when.items()))
