"""FastAPI describes all routes of an application when it is first asked, for a tenth of a second and more, and all
dependencies of each request once one of them is overridden. Tests make hundreds of applications of the same routes: a
process of theirs describes each once.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, params, routing, utils
from fastapi._compat import ModelField
from fastapi.dependencies import utils as dependencies
from fastapi.dependencies.models import Dependant

_MOST = 16384
_describe_dependant = dependencies.get_dependant
_describe_field = utils.create_model_field
_describe_route = routing._build_dependant_with_parameterless_dependencies

_remembered_field = lru_cache(_MOST)(_describe_field)
_Described = tuple[Dependant, list[ModelField], bool]


@lru_cache(_MOST)
def _dependant(*, scopes: tuple[str, ...], **rest: Any) -> Dependant:
    return _describe_dependant(parent_oauth_scopes=list(scopes), **rest)


def _remembered_dependant(*, parent_oauth_scopes: list[str] | None = None, **rest: Any) -> Dependant:
    """A request describes with the scopes of the parent alone; a route's own description is added to."""
    if parent_oauth_scopes is None or "own_oauth_scopes" in rest:
        return _describe_dependant(parent_oauth_scopes=parent_oauth_scopes, **rest)
    return _dependant(scopes=tuple(parent_oauth_scopes), **rest)


def _field(**described: Any) -> ModelField:
    """Of an answer: those have no default and no parameter's description, which cannot be compared."""
    return _describe_field(**described) if "field_info" in described else _remembered_field(**described)


@lru_cache(_MOST)
def _route(path: str, call: Callable[..., Any], *dependencies: tuple[Any, ...]) -> _Described:
    return _describe_route(path=path, call=call, dependencies=[params.Depends(*one) for one in dependencies])


def _remembered_route(*, path: str, call: Callable[..., Any], dependencies: Sequence[params.Depends]) -> _Described:
    if all(type(one) is params.Depends and one.max_concurrency is None for one in dependencies):
        return _route(path, call, *((one.dependency, one.use_cache, one.scope) for one in dependencies))
    return _describe_route(path=path, call=call, dependencies=dependencies)


def remember() -> None:
    """From now on, in this process and in those that it forks."""
    vars(dependencies)["get_dependant"] = _remembered_dependant
    vars(routing)["create_model_field"] = _field
    vars(routing)["_build_dependant_with_parameterless_dependencies"] = _remembered_route


def describe(*apps: FastAPI) -> None:
    """As their first requests would."""
    for app in apps:
        for _ in routing.iter_route_contexts(app.routes):
            pass
