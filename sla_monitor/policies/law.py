"""No policy is looser than the law.

An act of parliament (UU) binds every policy. A ministerial regulation binds the policies that invoke it: another
regulation may say otherwise, and is then named as the legal basis. What either says stands in the shipped policy.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product

from shared.domain.lifecycle import Classification
from sla_monitor import policy_documents
from sla_monitor.policy import Limit, Policy, Stage, Unit

LAW = "ID-SP4N-2018"
ACT = "UU "

_FACTS = [
    {"classification": classification.value, "supervisory": supervisory}
    for classification, supervisory in product(Classification, (False, True))
]
_UNITS = {Unit.WORKING_DAYS: "working days", Unit.CALENDAR_DAYS: "calendar days"}


@cache
def law() -> Policy:
    return policy_documents.parse_policy(policy_documents.shipped(LAW))


def looser(policy: Policy) -> list[dict[str, str]]:
    """Every limit that allows more than the law does, by its field."""
    found = dict(
        found
        for name, stage in policy.stages.items()
        if name in law().stages
        for found in _looser(stage, law().stages[name])
    )
    return [{"pointer": pointer, "message": message} for pointer, message in found.items()]


def _looser(stage: Stage, lawful: Stage) -> Iterator[tuple[str, str]]:
    for facts in _FACTS:
        limit, most = stage.limit(facts), lawful.limit(facts)
        law = most.legal_basis[1]
        binding = law.startswith(ACT) or law in limit.legal_basis
        if binding and _exceeds(limit, most):
            number = next(number for number, one in enumerate(stage.limits) if one is limit)
            said = f"{limit.days} {_UNITS[limit.unit]} is looser than the law"
            allowed = f"{law} allows {most.days} {_UNITS[most.unit]}"
            yield f"/stages/{stage.name}/limits/{number}/days", f"{said}: {allowed}."


def _exceeds(limit: Limit, most: Limit) -> bool:
    if limit.unit is most.unit:
        return limit.days > most.days
    if limit.unit is Unit.WORKING_DAYS:
        return True  # holidays can make any number of working days exceed a number of calendar days
    return limit.days > most.days + 2 * ((most.days - 1) // 5)  # at least so many weekend days lie between
