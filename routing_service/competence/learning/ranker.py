"""Which of the likeliest classes is right: trees over what the members say of each, one class at a time. Pure.

What comes out for a class is the probability that it is the right one. The trees are kept as plain arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from routing_service.competence.learning.features import Floats

CANDIDATES = 8  #: classes of a report that are looked at
TREES = 100  #: of a forest
FORESTS = 3  #: their mean is taken: each draws other reports and other numbers, and luck evens out
RATE = 0.1  #: of learning, each tree of a forest
SEED = 20261121
PLACE = "place_"  #: begins the names of scores that stand for a place, not for the text

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """The likeliest classes of each report, and the numbers by which they are told apart."""

    classes: Ints  #: reports x candidates
    mixed: Floats  #: the probability of each by the mix of the members
    numbers: Floats  #: reports x candidates x numbers


def candidates(mixed: Floats, scores: Mapping[str, Floats], priors: Floats, lengths: Floats) -> Candidates:
    """`mixed` and `scores` (of each member): reports x classes. The likeliest by `mixed` are the candidates."""
    chosen = np.argsort(-mixed, axis=1, kind="stable")[:, :CANDIDATES]
    columns: list[Floats] = []
    for name, found in scores.items():
        own = np.take_along_axis(found, chosen, axis=1)
        columns.append(own)
        if not name.startswith(PLACE):
            columns.append(own - found.max(axis=1, keepdims=True))
            columns.append(own - _second(found))
            columns.append((found[:, None, :] > own[:, :, None]).sum(axis=2).astype(np.float32))
    columns.append(np.broadcast_to(priors[chosen], chosen.shape))
    columns.append(np.broadcast_to(lengths[:, None], chosen.shape))
    columns.append(chosen.astype(np.float32))
    return Candidates(chosen, np.take_along_axis(mixed, chosen, axis=1), np.stack(columns, axis=2).astype(np.float32))


def _second(scores: Floats) -> Floats:
    """The second best score of each report, as a column."""
    if scores.shape[1] < 2:
        return scores[:, :1]
    found: Floats = np.partition(scores, -2, axis=1)[:, -2:-1]
    return found


@dataclass(frozen=True)
class Ranker:
    """The mean of some forests, each a sum of trees. A leaf leads to itself: all walk the same number of steps."""

    feature: npt.NDArray[np.int16]  #: trees x nodes
    limit: Floats
    left: npt.NDArray[np.int16]
    right: npt.NDArray[np.int16]
    value: Floats
    start: float
    depth: int
    forests: int  #: of equally many trees, one after the other

    def probabilities(self, numbers: Floats) -> Floats:
        """Reports x candidates."""
        flat = numbers.reshape(-1, numbers.shape[-1])
        cases, trees = np.arange(len(flat))[:, None], np.arange(len(self.feature))[None, :]
        node = np.zeros((len(flat), len(self.feature)), dtype=np.int64)
        for _ in range(self.depth):
            goes_left = flat[cases, self.feature[trees, node]] <= self.limit[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        totals = self.start + self.value[trees, node].reshape(len(flat), self.forests, -1).sum(axis=2)
        found: Floats = (1 / (1 + np.exp(-totals))).mean(axis=1).reshape(numbers.shape[:-1]).astype(np.float32)
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "tree_feature": self.feature,
            "tree_limit": self.limit,
            "tree_left": self.left,
            "tree_right": self.right,
            "tree_value": self.value,
        }


def fit(found: Candidates, truth: Ints, weights: Floats) -> Ranker:
    """Learn from reports that the members had not seen."""
    from sklearn.ensemble import GradientBoostingClassifier  # half a second to import: only who trains waits

    right = found.classes == truth[:, None]
    flat = found.numbers.reshape(-1, found.numbers.shape[-1])
    own = np.repeat(weights, right.shape[1])
    trees: list[Any] = []
    for forest in range(FORESTS):
        booster = GradientBoostingClassifier(
            n_estimators=TREES,
            learning_rate=RATE,
            max_leaf_nodes=10,
            max_depth=5,
            min_samples_leaf=30,
            subsample=0.35,
            max_features=0.3,
            random_state=SEED + forest,
        )
        trees.extend(one.tree_ for one in booster.fit(flat, right.ravel(), own).estimators_[:, 0])
    share = float(np.average(right.ravel(), weights=own))
    return _as_arrays(trees, float(np.log(share / (1 - share))))


def _as_arrays(trees: list[Any], start: float) -> Ranker:
    nodes = max(tree.node_count for tree in trees)
    shape = (len(trees), nodes)
    own = np.broadcast_to(np.arange(nodes, dtype=np.int16), shape)
    feature, left, right = np.zeros(shape, dtype=np.int16), own.copy(), own.copy()
    limit, value = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    for position, tree in enumerate(trees):
        inner = np.flatnonzero(tree.children_left >= 0)
        feature[position, inner] = tree.feature[inner]
        limit[position, inner] = tree.threshold[inner]
        left[position, inner] = tree.children_left[inner]
        right[position, inner] = tree.children_right[inner]
        value[position, : tree.node_count] = RATE * tree.value[:, 0, 0]
    return Ranker(feature, limit, left, right, value, start, max(tree.max_depth for tree in trees), FORESTS)
