"""What each operation takes. A service says where it differs from the default; the rest is read from its routes."""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.datastructures import State
from starlette.types import Scope as Connection

from shared.clients import Client, Role, Scope
from shared.http import auth, sessions
from shared.http.auth import Allowed
from shared.http.door.bodies import KIB, MIB
from shared.http.door.places import Places
from shared.http.door.turns import Share
from shared.http.made import Makes
from shared.http.raising import Codes, declared

ACCESS_CODE = "X-Access-Code"
#: Where a parameter that an operation does not know is refused.
_PUBLIC = "/v1/"
_TAKES_THE_REST = ".*)"  #: as Starlette writes a parameter `:path`
#: For lists that operators and services send: as many as a mebibyte of positions on a map holds.
MANY_VALUES = 200_000


#: Of the state of the service, a request and its body. Raises Unauthenticated where no credentials were sent.
KnownBy = Callable[[State, Connection, bytes], Awaitable[Client | None]]


@dataclass(frozen=True, slots=True)
class DoorRule:
    """`places`: those who wait for them before a connection is taken; with `only_with`, if the query has that field.

    `share`: of the connections, where method and path do not say it. `streams`: the endpoint reads the body as it
    comes, and bounds and times it itself. `takes_bytes`: its query may hold what is no text. `known_by`: who sends a
    body that holds the credentials; None: nobody whom we know.
    """

    most_bytes: int = MIB
    most_values: int = 2_000
    places: Places | None = None
    only_with: str | None = None
    share: Share | None = None
    streams: bool = False
    takes_bytes: bool = False
    known_by: KnownBy | None = None

    def places_for(self, query: bytes) -> Places | None:
        if self.places is None or self.only_with is None:
            return self.places
        sought = f"{self.only_with}=".encode()
        return self.places if query.startswith(sought) or b"&" + sought in query else None


#: A few fields and one text of 20,000 characters, whatever its letters take.
ONE_TEXT = DoorRule(most_bytes=128 * KIB)
#: The same as a form of a page sends it, in which a letter takes up to twelve.
FORM = DoorRule(most_bytes=256 * KIB)

#: What another service delivers: many values, and never behind what people ask for.
DELIVERIES = DoorRule(most_values=MANY_VALUES, share=Share.OWN)
#: They ask by the connections of the jobs.
WITHOUT_CONNECTION = frozenset({"/healthz", "/readyz", "/metrics"})

#: By method and path, as the OpenAPI document writes it.
Rules = Mapping[tuple[str, str], DoorRule]


@dataclass(frozen=True, slots=True)
class Operation:
    """A route, as far as the door has to know it."""

    path: str
    route: object
    rule: DoorRule = field(default_factory=DoorRule)
    share: Share = Share.NONE
    takes_token: bool = False
    takes_session: bool = False  #: the cookie of the pages of officers
    takes_code: bool = False
    needs_token: bool = False
    needs_proof: bool = False  #: a token or an access code
    takes_json: bool = False
    allowed: tuple[Allowed, ...] = ()
    makes: Makes | None = None
    raises: Codes = field(default_factory=dict)  #: declared by its function and what that depends on
    #: The parameters that its query may have; None: a model of them refuses others, or nobody does.
    query: frozenset[str] | None = None

    @property
    def roles(self) -> Sequence[Role]:
        """Whose token it takes, in the order of their names: all of them where it asks for none."""
        return sorted(set(Role).intersection(*(one.roles for one in self.allowed)))

    @property
    def needs(self) -> Mapping[Role, Scope]:
        """What a role of these needs beside itself."""
        roles = set(self.roles)
        return {role: scope for one in self.allowed for role, scope in one.needs.items() if role in roles}


class Operations:
    """All of a service, found by method and path as its router finds them: the first that matches."""

    def __init__(self, app: FastAPI, rules: Rules) -> None:
        self._plain: dict[tuple[str, str], Operation] = {}
        self._patterns: dict[tuple[str, int], list[tuple[re.Pattern[str], Operation]]] = defaultdict(list)
        #: Whose last parameter is the rest of the path, however many parts that has.
        self._open: list[tuple[str, re.Pattern[str], Operation]] = []
        unused = dict(rules)
        for context in iter_route_contexts(app.routes):
            if not isinstance(context.original_route, APIRoute):
                continue
            for method in context.methods or ():
                path = str(context.path_format)
                operation = _operation(context, path, method, unused.pop((method, path), DoorRule()))
                if "{" not in path:
                    self._plain.setdefault((method, path), operation)
                self._patterns[method, path.count("/")].append((context.path_regex, operation))
                if _TAKES_THE_REST in context.path_regex.pattern:
                    self._open.append((method, context.path_regex, operation))
        if unused:
            raise ValueError(f"There are rules for operations that do not exist: {sorted(unused)}")

    def all(self) -> Iterator[tuple[str, Operation]]:
        """Each with its method, by path."""
        found = {(operation.path, method): operation for (method, _), operation in self._plain.items()}
        for (method, _), entries in self._patterns.items():
            found |= {(operation.path, method): operation for _, operation in entries}
        for (_, method), operation in sorted(found.items(), key=lambda one: one[0]):
            yield method, operation

    def find(self, scope: Connection) -> Operation | None:
        method, path, root = scope["method"], scope["path"], scope.get("root_path", "")
        if root and path.startswith(f"{root}/"):
            path = path[len(root) :]
        if found := self._plain.get((method, path)):
            return found
        for pattern, operation in self._patterns.get((method, path.count("/")), ()):
            if pattern.match(path):
                return operation
        for known, pattern, operation in self._open:
            if known == method and pattern.match(path):
                return operation
        return None


def described(app: FastAPI) -> Iterator[tuple[str, str, Operation]]:
    """Path, method and what the door knows of it, of every route."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            path = str(context.path_format)
            for method in context.methods or ():
                yield path, method, _operation(context, path, method, DoorRule())


def _operation(context: Any, path: str, method: str, rule: DoorRule) -> Operation:
    needs_token = takes_token = takes_session = False
    takes_code = False
    allowed: list[Allowed] = []
    makes: Makes | None = None
    raises: dict[int, tuple[str, ...]] = {}
    for dependant in _all(context.dependant):
        for status, codes in declared(dependant.call).items():
            raises[status] = (*raises.get(status, ()), *codes)
        takes_session = takes_session or sessions.is_session(dependant.call)
        takes_code = takes_code or any(field.alias == ACCESS_CODE for field in dependant.header_params)
        if isinstance(dependant.call, Allowed):
            allowed.append(dependant.call)
        elif isinstance(dependant.call, Makes):
            makes = dependant.call
        elif (optional := auth.is_bearer(dependant.call)) is not None:
            takes_token, needs_token = True, needs_token or not optional
    return Operation(
        path=path,
        route=context.original_route,
        rule=rule,
        share=rule.share or _share(method, path),
        takes_token=takes_token,
        takes_session=takes_session,
        takes_code=takes_code,
        needs_token=needs_token,
        needs_proof=takes_code and method != "GET",
        takes_json=context.body_field is not None,
        allowed=tuple(allowed),
        makes=makes,
        raises=raises,
        query=_query(context.dependant) if path.startswith(_PUBLIC) else None,
    )


def _share(method: str, path: str) -> Share:
    if path in WITHOUT_CONNECTION:
        return Share.NONE
    return Share.READING if method in ("GET", "HEAD") else Share.ACTING


def _query(dependant: Dependant) -> frozenset[str] | None:
    fields = [field for each in _all(dependant) for field in each.query_params]
    if any(isinstance(field.field_info.annotation, type) and issubclass(field.field_info.annotation, BaseModel)
           for field in fields):  # fmt: skip
        return None
    return frozenset(field.alias for field in fields)


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for below in dependant.dependencies:
        yield from _all(below)
