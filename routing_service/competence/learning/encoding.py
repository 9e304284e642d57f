"""A classifier as plain arrays, and back. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from routing_service.competence.learning.classifier import Classifier, Tables, header_of
from routing_service.competence.learning.features import Features, View
from routing_service.competence.learning.members import Places
from routing_service.competence.learning.mixing import Mix
from routing_service.competence.learning.ranker import Ranker
from routing_service.competence.learning.storage import Array, BadModel, pack_texts, unpack_texts
from routing_service.competence.learning.sureness import Sureness

Arrays = Mapping[str, Array]

_PARTS = ("words", "grams")
_SIGNS = ("mean", "scale", "weights")


def encode(classifier: Classifier) -> tuple[Mapping[str, Any], dict[str, Array]]:
    tables = classifier.tables
    arrays: dict[str, Array] = {
        "classes": pack_texts(classifier.classes),
        "ridge": tables.ridge,
        "logit": tables.logit,
        "logit_shifts": tables.shifts,
        "bayes": tables.bayes,
        "owners": tables.owners,
        "priors": tables.priors,
        "mix_weights": classifier.mix.weights,
        "mix_lifts": classifier.mix.lifts,
        **classifier.ranker.arrays(),
    }
    if classifier.sureness is not None:
        for name in _SIGNS:
            arrays[f"sureness_{name}"] = getattr(classifier.sureness, name)
    for view in classifier.features.views:
        arrays[f"{view.name}_terms"] = pack_texts(view.terms)
        arrays[f"{view.name}_idf"] = view.idf
    for name, matrix in zip(_PARTS, (tables.words, tables.grams), strict=True):
        arrays[f"{name}_data"] = matrix.data.astype(np.float16)
        arrays[f"{name}_indices"] = matrix.indices.astype(np.int32)
        arrays[f"{name}_indptr"] = matrix.indptr.astype(np.int64)
    for place in tables.places:
        arrays[f"{place.level}_names"] = pack_texts(place.names)
        arrays[f"{place.level}_shares"] = place.shares
    return header_of(classifier), arrays


def decode(header: Mapping[str, Any], arrays: Arrays) -> Classifier:
    """Raises BadModel where a part is missing or the parts do not fit each other."""
    try:
        made = _decode(header, arrays)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadModel("The model cannot be read: a part of it is missing or does not fit the others.") from error
    _check(made)
    return made


def _decode(header: Mapping[str, Any], arrays: Arrays) -> Classifier:
    views = tuple(View(name, unpack_texts(arrays[f"{name}_terms"]), arrays[f"{name}_idf"]) for name in _PARTS)
    groups = len(arrays["owners"])
    words, grams = (_matrix(name, arrays, len(view.terms), groups) for name, view in zip(_PARTS, views, strict=True))
    tables = Tables(
        arrays["ridge"],
        arrays["logit"],
        arrays["logit_shifts"],
        arrays["bayes"],
        words,
        grams,
        arrays["owners"],
        tuple(_places(header, arrays)),
        arrays["priors"],
    )
    return Classifier(
        unpack_texts(arrays["classes"]),
        Features(views),
        tables,
        Mix(arrays["mix_weights"], arrays["mix_lifts"]),
        _ranker(header, arrays),
        _sureness(header, arrays),
    )


def _matrix(name: str, arrays: Arrays, terms: int, groups: int) -> sparse.csr_matrix:
    parts = (arrays[f"{name}_data"].astype(np.float32), arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
    matrix = sparse.csr_matrix(parts, shape=(terms, groups))
    matrix.check_format(full_check=True)
    return matrix


def _places(header: Mapping[str, Any], arrays: Arrays) -> Iterator[Places]:
    for level in header["places"]:
        yield Places(level, unpack_texts(arrays[f"{level}_names"]), arrays[f"{level}_shares"], arrays["priors"])


def _ranker(header: Mapping[str, Any], arrays: Arrays) -> Ranker:
    return Ranker(
        arrays["tree_feature"],
        arrays["tree_limit"],
        arrays["tree_left"],
        arrays["tree_right"],
        arrays["tree_value"],
        float(header["ranker"]["start"]),
        int(header["ranker"]["depth"]),
        int(header["ranker"]["forests"]),
    )


def _sureness(header: Mapping[str, Any], arrays: Arrays) -> Sureness | None:
    if header["sureness"] is None:
        return None
    mean, scale, weights = (arrays[f"sureness_{name}"] for name in _SIGNS)
    return Sureness(mean, scale, weights, float(header["sureness"]))


def _check(made: Classifier) -> None:
    classes, tables = len(made.classes), made.tables
    words = made.features.width_of("words")
    nodes = made.ranker.feature.shape
    fits = (
        tables.ridge.shape == tables.logit.shape == (made.features.width, classes)
        and tables.bayes.shape == (words, classes)
        and tables.priors.shape == tables.shifts.shape == made.mix.lifts.shape == (classes,)
        and all(place.shares.shape == (len(place.names), classes) for place in tables.places)
        and all(len(view.terms) == len(view.idf) for view in made.features.views)
        and list(np.unique(tables.owners)) == list(range(classes))
        and bool((np.diff(tables.owners) >= 0).all())
        and len(nodes) == 2
        and made.ranker.forests > 0
        and nodes[0] % made.ranker.forests == 0
        and all(one.shape == nodes for one in made.ranker.arrays().values())
        and all(bool(((one >= 0) & (one < nodes[1])).all()) for one in (made.ranker.left, made.ranker.right))
    )
    if not fits:
        raise BadModel("The model cannot be read: its parts do not fit each other.")
