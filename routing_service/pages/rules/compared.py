"""What differs between two rule sets, and where a replay would send what. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class RuleLike(Protocol):
    position: int
    conditions: Mapping[str, Any]
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Differences:
    """Of a set against the one that it would replace. A rule that was changed is gone, and is new."""

    added: Sequence[Any] = ()
    gone: Sequence[Any] = ()
    kept: int = 0
    reordered: bool = False  #: the rules that both have come in another order

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.reordered)


def differences(before: Sequence[Any], after: Sequence[Any]) -> Differences:
    old, new = [_essence(one) for one in before], [_essence(one) for one in after]
    left, left_new = Counter(old), Counter(new)
    added = [one for one, said in zip(after, new, strict=True) if not _take(left, said)]
    gone = [one for one, said in zip(before, old, strict=True) if not _take(left_new, said)]
    missing, extra = Counter(_essence(one) for one in gone), Counter(_essence(one) for one in added)
    common = [said for said in old if not _take(missing, said)]
    common_new = [said for said in new if not _take(extra, said)]
    return Differences(added, gone, len(common), common != common_new)


def _essence(rule: RuleLike) -> str:
    """What it decides; a note decides nothing, and neither does the order of what is listed."""
    conditions = {name: sorted(one) if isinstance(one, list) else one for name, one in rule.conditions.items()}
    return json.dumps([conditions, rule.result], sort_keys=True)


def _take(counts: Counter[str], one: str) -> bool:
    if counts[one] <= 0:
        return False
    counts[one] -= 1
    return True


@dataclass(frozen=True, slots=True)
class Way:
    """So many reports that went one way, and would go another. None: to nobody; `fails`: a person has to look."""

    before: str | None
    before_fails: bool
    after: str | None
    after_fails: bool
    reports: int


def ways(changes: Iterable[Any]) -> list[Way]:
    """The most travelled first."""
    counted = Counter(
        (one.before.agency, one.before.failure is not None, one.after.agency, one.after.failure is not None)
        for one in changes
    )
    return [Way(*way, reports) for way, reports in sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))]
