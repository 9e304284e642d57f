"""Who is logged in at the pages of officers: a signed cookie of the host, checked as a token is.

The door reads it, as it reads tokens; a page asks for `OptionalSession`, and what takes tokens never looks at it.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.requests import cookie_parser

from shared.clients import CLIENT, Client, Scope
from shared.errors import Unauthenticated
from shared.http.kinds import SESSION
from shared.http.tokens import Signer, Tokens

COOKIE = "lapor_session"
#: For a working day; then somebody proves again who they are.
SECONDS = 8 * 3600
#: What is done by programs alone, and what takes away the limits of requests, is in no session.
_NOT_HERE = frozenset({Scope.IMPORT.value, Scope.SUBMIT.value})


def cookie_name(name: str, *, secure: bool) -> str:
    """A browser takes the longer name over HTTPS alone, and for no other host: nobody plants one from a neighbour."""
    return f"__Host-{name}" if secure else name


def cookie_kind(*, secure: bool) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": secure}


def minted(signer: Signer, bearer: Any, scopes: Iterable[str], *, seconds: int, **more: Any) -> str:
    """`bearer`: with sub, role, agency and epoch, as the registry knows them now. `more`: further claims."""
    return signer.mint(
        bearer.role, sub=bearer.sub, agency=bearer.agency, scopes=sorted(set(scopes) - _NOT_HERE), seconds=seconds,
        kind=SESSION, epoch=bearer.epoch, **more,
    )  # fmt: skip


def value_of(cookies: str, *, secure: bool) -> str | None:
    """Of the header `Cookie`."""
    return cookie_parser(cookies).get(cookie_name(COOKIE, secure=secure))


def client_of_cookies(header: bytes | None, tokens: Tokens) -> Client | None:
    """None: nobody is logged in, or not any more. Raises Behind."""
    value = value_of(header.decode("latin-1"), secure=tokens.production) if header else None
    if not value or not value.isascii():
        return None
    try:
        return tokens.verify(value, SESSION)
    except Unauthenticated:
        return None


class _Session:
    """By the door's look at the cookie."""

    async def __call__(self, request: Request) -> Client | None:
        found: Client | None = request.scope.get(CLIENT)
        return found


_session = _Session()


def is_session(dependency: object) -> bool:
    return isinstance(dependency, _Session)


OptionalSession = Annotated[Client | None, Depends(_session)]
