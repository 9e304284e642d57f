"""Stages in the order of a report's life, as the shipped policy has them; then others. No I/O but its own file."""

from collections.abc import Iterable, Mapping
from functools import cache

from sla_monitor import policy_documents
from sla_monitor.policies.law import LAW


@cache
def _life() -> Mapping[str, int]:
    return {name: place for place, name in enumerate(policy_documents.shipped(LAW)["stages"])}


def in_order_of_life(stages: Iterable[str]) -> list[str]:
    return sorted(stages, key=lambda stage: (_life().get(stage, len(_life())), stage))
