"""The door of a service: credentials before bodies, bodies before connections. Pure ASGI."""

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clients import CLIENT, Client
from shared.errors import DomainError, TooManyRequests, Unauthenticated, Unavailable
from shared.http import auth, problems, sessions
from shared.http.door import bodies, parameters, shapes
from shared.http.door.bodies import Disconnected, Held
from shared.http.door.guesses import Guesses
from shared.http.door.rules import KnownBy, Operation, Operations, Rules
from shared.http.door.turns import Share, Turns
from shared.http.door.visitors import Limits, Visitor, address_of, code_key
from shared.http.limits.counters import Counters
from shared.http.tokens import Behind, Tokens

MOST_QUERY_BYTES = 8 * bodies.KIB
MOST_PARAMETERS = 100
MOST_HEADERS = 100
#: What is answered whatever else happens, so that nobody takes a busy process for a dead one.
ALWAYS_OPEN = "/healthz"
ALIVE = b'{"status":"ok"}'
DISCONNECTED = "lapor.disconnected"

Headers = Mapping[bytes, bytes]


class BadRequest(DomainError):
    def __init__(self, detail: str, *, code: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(detail, code=code)
        self.status = status


class Door:
    def __init__(
        self, app: ASGIApp, *, service: FastAPI, tokens: Tokens, rules: Rules, limits: Limits, at_once: int,
        shares: Mapping[Share, Turns], counters: Counters,
    ) -> None:  # fmt: skip
        self.app = app
        self.limits = limits
        self._guesses = Guesses(counters, refuse)
        self._service = service
        self._rules = rules
        self._tokens = tokens
        self._held = Held()
        self._looking = asyncio.Lock()
        self._most_at_once = at_once
        self._shares = shares
        self._inside: dict[str, int] = {}
        self._all_inside = 0
        self._operations: Operations | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self._admit(scope, receive, send)
        except DomainError as refusal:
            hangs_up = isinstance(refusal, TooManyRequests) and scope.get(CLIENT) is None
            await refuse(scope, send, refusal, hangs_up=hangs_up)
        except Disconnected:
            scope[DISCONNECTED] = True

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises DomainError, Disconnected; then nothing was spent but this."""
        headers = dict(scope["headers"])
        _check_address(scope)
        operation = self.operations.find(scope)
        if b"%00" in scope["query_string"] and not (operation and operation.rule.takes_bytes):
            raise _nul_character()
        if operation is None:
            self.limits.draw(Visitor(None, address_of(scope)), time.monotonic())
            await self.app(scope, receive, send)  # 404, 405 or a page: nothing reads a body
            return
        scope["route"] = operation.route
        if operation.path == ALWAYS_OPEN:
            await _answer(send, HTTPStatus.OK, ALIVE, [(b"content-type", b"application/json")])
            return
        try:
            visitor = self._visitor(operation, scope, headers)
        except Behind:
            await self._tokens.catch_up()
            visitor = self._visitor(operation, scope, headers)
        if scope["query_string"] and operation.query is not None:
            parameters.check(operation.query, scope["query_string"])
        if scope["method"] != "GET":
            receive = await self._whole_body(operation, visitor, scope, headers, receive)
            if operation.rule.known_by is not None:
                visitor, receive = await self._known_by_body(operation.rule.known_by, visitor, scope, receive)
        self.limits.draw(visitor, time.monotonic())
        if visitor.code is not None:
            send = self._noting_wrong_proof(visitor, send)
            send = await self._guesses.watch(operation, visitor, scope, send)
        turns = self._shares.get(operation.share)
        if places := operation.rule.places_for(scope["query_string"]):
            async with places.place(visitor.caller):
                await self._enter(visitor, turns, scope, receive, send)
        else:
            await self._enter(visitor, turns, scope, receive, send)

    @property
    def operations(self) -> Operations:
        if self._operations is None:  # by now the service has all of its routes
            self._operations = Operations(self._service, self._rules)
        return self._operations

    def _visitor(self, operation: Operation, scope: Scope, headers: Headers) -> Visitor:
        """The caller, with the credentials that the request needs, and with something left in their buckets.

        Raises Unauthenticated, Forbidden, TooManyRequests, Behind.
        """
        now = time.monotonic()
        try:
            known = operation.takes_token or operation.takes_session
            client = self._client(operation, headers) if known else None
        except Unauthenticated:
            stranger = Visitor(None, address_of(scope))
            self.limits.draw(stranger, now)
            if b"authorization" in headers:
                self.limits.charge(stranger, now)
            raise
        if client is None:
            visitor = Visitor(None, address_of(scope), code_key(headers, scope["path"]))
        else:
            visitor = Visitor(client, "", code_key(headers, scope["path"]))
        scope[CLIENT] = client
        self.limits.peek(visitor, now)
        if client is not None:
            for allowed in operation.allowed:
                if not allowed.later:
                    allowed.check(client)
        return visitor

    async def _known_by_body(
        self, known_by: KnownBy, stranger: Visitor, scope: Scope, receive: Receive
    ) -> tuple[Visitor, Receive]:
        """Raises Unauthenticated, TooManyRequests, and what is said of a body that cannot be read."""
        body = (await receive()).get("body", b"")
        now = time.monotonic()
        try:
            client = await known_by(self._service.state, scope, body)
        except DomainError:
            self.limits.draw(stranger, now)
            raise
        if client is None:
            self.limits.draw(stranger, now)
            self.limits.charge(stranger, now)
            raise Unauthenticated("This key is nobody's, or was taken away; ask for a new one.", code="invalid_key")
        scope[CLIENT] = client
        visitor = Visitor(client, "")
        self.limits.peek(visitor, now)
        return visitor, bodies.replaying(body, receive)

    def _client(self, operation: Operation, headers: Headers) -> Client | None:
        if operation.takes_session:
            return sessions.client_of_cookies(headers.get(b"cookie"), self._tokens)
        header = headers.get(b"authorization")
        client = auth.client_of_header(None if header is None else header.decode("latin-1"), self._tokens)
        if client is None and operation.needs_token:
            raise auth.no_token()
        if client is None and operation.needs_proof and b"x-access-code" not in headers:
            raise Unauthenticated("Send the access code in X-Access-Code, or an app's token.")
        return client

    async def _whole_body(
        self, operation: Operation, visitor: Visitor, scope: Scope, headers: Headers, receive: Receive
    ) -> Receive:
        length = headers.get(b"content-length", b"")
        if length in (b"", b"0") and b"transfer-encoding" not in headers:
            return receive
        if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b""):
            raise bodies.EncodedBody
        if operation.rule.streams:
            return receive
        if len(length) > 18 or (length.isdigit() and int(length) > operation.rule.most_bytes):
            raise bodies.BodyTooLarge(operation.rule.most_bytes)
        most = operation.rule.most_bytes
        if bodies.WHOLE in scope:
            body = bodies.bounded((await receive()).get("body", b""), most)
        else:
            body = await bodies.read_body(receive, most=most, held=self._held, seconds=bodies.MOST_SECONDS)
        if operation.takes_json and shapes.might_be_large(body, operation.rule.most_values):
            await self._check_shape(visitor, body, operation.rule.most_values)
        return bodies.replaying(body, receive)

    async def _check_shape(self, visitor: Visitor, body: bytes, most_values: int) -> None:
        """One in a turn of the loop, so that hundreds that come together do not hold up all others meanwhile.

        Raises TooManyValues, TooDeep, TooManyRequests.
        """
        async with self._looking:
            self.limits.peek(visitor, time.monotonic())
            try:
                shapes.check_shape(body, most_values=most_values)
            except DomainError:
                self.limits.charge(visitor, time.monotonic())
                raise

    def _noting_wrong_proof(self, visitor: Visitor, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (401, 404):
                self.limits.charge_wrong_proof(visitor, time.monotonic())
            await send(message)

        return sending

    async def _enter(self, visitor: Visitor, turns: Turns | None, scope: Scope, receive: Receive, send: Send) -> None:
        """One caller is at most half of those who are inside, so that there is room for the others. Raises Unavailable,
        also where no connection came free for long.
        """
        caller, inside = visitor.caller, self._inside
        of_caller = inside.get(caller, 0)
        if of_caller >= self._most_at_once // 2 or self._all_inside >= self._most_at_once:
            raise Unavailable("Too much is asked for at this moment; try again in a few seconds.", code="too_busy")
        inside[caller] = of_caller + 1
        self._all_inside += 1
        try:
            if turns is None:
                await self.app(scope, receive, send)
            else:
                await self._in_turn(turns, caller, scope, receive, send)
        finally:
            self._all_inside -= 1
            if inside[caller] == 1:
                del inside[caller]
            else:
                inside[caller] -= 1

    async def _in_turn(self, turns: Turns, caller: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Until the answer begins: its connection was given back by then, and whoever reads it slowly keeps nobody."""
        await turns.take(caller)
        holds = True

        async def sending(message: Message) -> None:
            nonlocal holds
            if holds:
                holds = False
                turns.leave()
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            if holds:
                turns.leave()


def _nul_character() -> BadRequest:
    return BadRequest("The address has a NUL character in it; take it out.", code="nul_character")


def _check_address(scope: Scope) -> None:
    """Raises BadRequest for what no endpoint should see."""
    query: bytes = scope["query_string"]
    if "\x00" in scope["path"]:
        raise _nul_character()
    if len(query) > MOST_QUERY_BYTES:
        detail = f"The query is longer than {MOST_QUERY_BYTES // bodies.KIB} KiB; ask for less at once."
        raise BadRequest(detail, code="query_too_long", status=HTTPStatus.REQUEST_URI_TOO_LONG)
    if query.count(b"&") >= MOST_PARAMETERS:
        raise BadRequest(f"The query has more than {MOST_PARAMETERS} fields; send fewer.", code="too_many_parameters")
    if len(scope["headers"]) > MOST_HEADERS:
        detail = f"The request has more than {MOST_HEADERS} headers; send fewer."
        raise BadRequest(detail, code="too_many_headers", status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


async def refuse(scope: Scope, send: Send, refusal: DomainError, *, hangs_up: bool = False) -> None:
    """`hangs_up`: a client that floods must connect anew, instead of sending on over the open connection."""
    path = scope["path"].replace("\x00", "")
    asked = dict(scope["headers"]).get(b"accept-language")
    language = problems.language_of(None if asked is None else asked.decode("latin-1"))
    content = problems.body(
        refusal.status,
        code=refusal.code,
        detail=refusal.detail,
        instance=path,
        errors=refusal.errors,
        language=language,
    )
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-language", language.value.encode()),
        *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
        *([(b"connection", b"close")] if hangs_up else []),
    ]
    await _answer(send, refusal.status, content, headers)


async def _answer(send: Send, status: int, content: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": int(status), "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": content})
