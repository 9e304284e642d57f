"""Who calls, and what they must be allowed: roles and scopes. Who gets a token: routing_service/access."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from shared.clients import CLIENT, MANAGERS, TO_MANAGE, TO_WORK, WORKERS, Client, Needs, Role
from shared.errors import Forbidden, Unauthenticated
from shared.http.tokens import Behind, Tokens


def no_token() -> Unauthenticated:
    return Unauthenticated("Send a token: Authorization: Bearer <token>.")


def client_of_header(header: str | None, tokens: Tokens) -> Client | None:
    """Raises Unauthenticated for a header that is no token of ours, and Behind; None: there is no header."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        raise no_token()
    return tokens.verify(token.strip())


class _Bearer(HTTPBearer):
    """A security scheme for the OpenAPI page, that answers like the rest of the API."""

    def __init__(self, *, optional: bool) -> None:
        super().__init__(bearerFormat="JWT", scheme_name="bearer", auto_error=False)
        self.optional = optional

    async def __call__(self, request: Request) -> Client | None:  # type: ignore[override]
        if CLIENT in request.scope:  # the door has looked already
            client: Client | None = request.scope[CLIENT]
        else:
            tokens: Tokens = request.app.state.tokens
            header = request.headers.get("authorization")
            try:
                client = client_of_header(header, tokens)
            except Behind:
                await tokens.catch_up()
                client = client_of_header(header, tokens)
        if client is None and not self.optional:
            raise no_token()
        return client


_required, _optional = _Bearer(optional=False), _Bearer(optional=True)


def is_bearer(dependency: object) -> bool | None:
    """Whether a dependency that asks for a token could do without; None: it asks for none."""
    return dependency.optional if isinstance(dependency, _Bearer) else None


CurrentClient = Annotated[Client, Depends(_required)]
OptionalClient = Annotated[Client | None, Depends(_optional)]


async def client_of(request: Request) -> Client:
    """What `CurrentClient` is, for an endpoint that has no dependencies solved."""
    client = await _required(request)
    assert client is not None
    return client


@dataclass(frozen=True, slots=True)
class Allowed:
    """A dependency: the client, if it has one of the roles and the scope that the role needs here; else 403.

    The door asks it before the body is read, and the OpenAPI document says what it says.
    """

    roles: tuple[Role, ...]
    needs: Needs = field(hash=False)
    later: bool = False  #: asked by the service, which knows the report: one that may not be seen is not there first

    async def __call__(self, client: CurrentClient) -> Client:
        if not self.later:
            self.check(client)
        return client

    def check(self, client: Client) -> None:
        """Raises Forbidden."""
        if client.role not in self.roles:
            raise Forbidden(f"The role {client.role.value} may not do this; it takes {' or '.join(self.roles)}.")
        if not client.has_what_it_needs(self.needs):
            scope = self.needs[client.role].value
            raise Forbidden(f"The role {client.role.value} needs the scope {scope} for this.", code="missing_scope")


def allow(*roles: Role, needs: Needs | None = None, later: bool = False) -> Allowed:
    """`needs`: what a role needs beside itself, where it is one of these."""
    needed = {role: scope for role, scope in (needs or {}).items() if role in roles}
    return Allowed(tuple(sorted(roles)), needed, later)


ServiceClient = Annotated[Client, Depends(allow(Role.SERVICE))]
#: Works on reports; which those are is asked further in.
WorkingClient = Annotated[Client, Depends(allow(*WORKERS, needs=TO_WORK))]
#: The same, and services among themselves.
ReachingClient = Annotated[Client, Depends(allow(*WORKERS, Role.SERVICE, needs=TO_WORK))]
#: Looks after the registry; which part of it is asked further in.
ManagingClient = Annotated[Client, Depends(allow(*MANAGERS, needs=TO_MANAGE))]
