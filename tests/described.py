"""FastAPI describes all routes of an application when it is first asked, for a tenth of a second and more, and all
dependencies of each request once one of them is overridden. Tests make hundreds of applications of the same routes: a
process of theirs describes each once. The OpenAPI document of a service takes it a second or two: the first process of
a run that needs one writes it down for all.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, applications, params, routing, utils
from fastapi._compat import ModelField
from fastapi.dependencies import utils as dependencies
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi

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


#: Where a run keeps what its processes share.
RUN_FOLDER = "LAPOR_TEST_RUN_FOLDER"
_TOLD = ("path", "include_in_schema", "operation_id", "summary", "description", "tags", "deprecated")
_SERVICES = ("shared", "intake_api", "routing_service", "sla_monitor", "starlette", "fastapi")


def _written_document(folder: Path | None, described: dict[str, Any]) -> dict[str, Any]:
    """Of the same routes in the same words it is the same. What a test puts together itself, is described anew."""
    contexts = [one for one in routing.iter_route_contexts(described["routes"]) if hasattr(one, "include_in_schema")]
    endpoints: list[Any] = [one.endpoint for one in contexts]
    if folder is None or not all(one.__module__.partition(".")[0] in _SERVICES for one in endpoints):
        return get_openapi(**described)
    words = {name: value for name, value in described.items() if name not in ("routes", "webhooks")}
    routes = [
        [
            sorted(one.methods or ()),
            endpoint.__module__,
            endpoint.__qualname__,
            *(getattr(one, name, None) for name in _TOLD),
        ]
        for one, endpoint in zip(contexts, endpoints, strict=True)
    ]
    name = hashlib.sha256(repr((words, routes)).encode()).hexdigest()[:32]
    file = folder / f"{name}.openapi"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_text(json.dumps(get_openapi(**described)))
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def remember() -> None:
    """From now on, in this process and in those that it forks."""
    forked_from = os.environ.get(RUN_FOLDER)

    def written(**described: Any) -> dict[str, Any]:
        folder = os.environ.get(RUN_FOLDER, forked_from)
        return _written_document(Path(folder) if folder else None, described)

    vars(applications)["get_openapi"] = written
    vars(dependencies)["get_dependant"] = _remembered_dependant
    vars(routing)["create_model_field"] = _field
    vars(routing)["_build_dependant_with_parameterless_dependencies"] = _remembered_route


def describe(*apps: FastAPI) -> None:
    """As their first requests would."""
    for app in apps:
        for _ in routing.iter_route_contexts(app.routes):
            pass
