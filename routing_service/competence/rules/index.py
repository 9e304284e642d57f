"""Which rules of a set may concern a report, without looking at the others. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from routing_service.competence.rules.rule import Conditions, Rule
from routing_service.registry.directory import surrounding

Key = tuple[str, str]
EVERYTHING: Key = ("", "")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a report can be found by: categories and agencies with all above them, words of rules that it says."""

    categories: Iterable[str] = ()
    agencies: Iterable[str] = ()
    words: Iterable[str] = ()

    def __iter__(self) -> Iterator[Key]:
        yield EVERYTHING
        yield from (("category", one) for one in self.categories)
        yield from (("agency", one) for one in self.agencies)
        yield from (("word", one) for one in self.words)


class Index:
    """Rules by the most telling of their conditions, then by region.

    Each rule stands under each of its categories; one without stands under the agencies meant, one without those under
    its words, the rest under EVERYTHING. There it stands under each of its regions (`in`), and under each region around
    those (`around`): of a report that is known to be somewhere in Kalimantan nobody can say whether a rule for
    Samarinda concerns it, and so the rule must not be passed over.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._in: dict[Key, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._around: dict[Key, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, rule in enumerate(rules):
            regions = rule.conditions.region if rule.conditions is not None else ()
            wider = {around for region in regions for around in surrounding(region)} - set(regions)
            for key in _keys(rule.conditions):
                for region in regions or ("",):
                    self._in[key][region].append(number)
                for around in wider:
                    self._around[key][around].append(number)

    def candidates(self, keys: Keys, region: str | None) -> Iterator[int]:
        """Numbers of rules, ascending, each once."""
        here = region or ""
        wider = [self._around[key][here] for key in keys if here in self._around.get(key, {})]
        yield from _ascending([*self._lists(keys, region), *wider])

    def covering(self, keys: Keys, region: str | None) -> Iterator[int]:
        """The same without those for a part of the region only."""
        yield from _ascending(self._lists(keys, region))

    def _lists(self, keys: Keys, region: str | None) -> list[list[int]]:
        around = tuple(surrounding(region))
        known = [self._in[key] for key in keys if key in self._in]
        return [here[one] for here in known for one in around if one in here]


def _ascending(numbers: Iterable[list[int]]) -> Iterator[int]:
    last = -1
    for number in merge(*numbers):
        if number != last:
            yield number
            last = number


def _keys(conditions: Conditions | None) -> set[Key]:
    if conditions is None:
        return {EVERYTHING}
    if conditions.category:
        return {("category", one) for one in conditions.category}
    if conditions.target_agency:
        return {("agency", one) for one in conditions.target_agency}
    if conditions.words.all:
        return {("word", conditions.words.all[0][0])}
    if conditions.words.any:
        return {("word", phrase[0]) for phrase in conditions.words.any}
    return {EVERYTHING}
