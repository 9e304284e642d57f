"""`Idempotency-Key` on a POST: the same key and body are answered from the first request, whichever copy is asked.

The key is stored in the transaction of the change itself, so that a crash leaves nothing "running".
(A submission has a statement of its own for this, in intake_api.)

What is kept of an answer tells nobody anything who reads the table: of what is done to a report only which report it
was, and a repeat is answered with what the caller may see of it today; everything else is sealed with the caller's key;
what was only computed is computed again.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client
from shared.database import Session
from shared.errors import Conflict, Invalid, TryAgain
from shared.http import made, sealing
from shared.http.auth import OptionalClient
from shared.http.wire import etag
from shared.ids import framed, keyed_digest
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.schema import IdempotencyKey
from shared.settings import Settings

IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Makes a repeated request safe for 7 days (`LAPOR_IDEMPOTENCY_DAYS`): the same key and body act "
        "once and are answered from the first request, with what the caller may see today. Bodies are compared by what "
        "they mean, not by order, spaces or defaults. A key counts for one caller and one operation; a request that "
        "was refused does not use it up.",
    ),
]

REPLAYED = "Idempotency-Replayed"
REUSED = "idempotency_key_reused"
_PURPOSE = "idempotency-answer"


def caller(client: Client | None, *credentials: str) -> bytes:
    """Whose key it is: the same name at another agency, or with another access code, is somebody else."""
    who = (client.role.value, client.sub, client.agency) if client else ()
    return framed(*who, *credentials)


def key_hash(secret: str, caller: bytes, operation: str, key: str) -> bytes:
    return keyed_digest(secret, b"idempotency|key|" + framed(operation, key) + caller)


def request_hash(secret: str, key: str, body: bytes) -> bytes:
    """Keyed, because a short body could be guessed from its plain digest."""
    return keyed_digest(secret, f"idempotency|request|{key}|".encode() + body)


def lock_number(key: bytes) -> int:
    """The advisory lock of a key."""
    return int.from_bytes(key[:8], "big", signed=True)


def in_use() -> TryAgain:
    return TryAgain(
        "A request with this Idempotency-Key is still running; try again in a moment.",
        code="idempotency_key_in_use",
    )


def reused(tracking_number: str | None = None) -> Invalid:
    """`tracking_number`: of the report that the caller submitted with it."""
    detail = "This Idempotency-Key was used for another body; take a new key for a new request."
    if tracking_number is not None:
        detail = f"Report {tracking_number} was made with this Idempotency-Key, of another body; take a new key."
    return Invalid(
        detail, pointer="header/Idempotency-Key", code="idempotency_key_reused", tracking_number=tracking_number
    )


def of_another_server() -> Conflict:
    return Conflict(
        "The answer to this Idempotency-Key can no longer be read; check whether the request was done, and take a "
        "new key.",
        code="idempotency_answer_lost",
    )


class Replay(Exception):
    """The request was answered before; this is the answer to its repeat."""

    def __init__(self, status: int, content: str, version: int | None = None, view: Sequence[str] = ()) -> None:
        headers = {REPLAYED: "true"} if version is None else {REPLAYED: "true", "ETag": etag(version, *view)}
        self.status, self.content = status, content
        self.headers: Mapping[str, str] = headers


class KeptKey(NamedTuple):
    """How a key is kept under one secret."""

    hash: bytes
    request: bytes
    secret: str


class Key:
    """An Idempotency-Key as it came with one request.

    It is kept under every secret that we know: so a copy that does not know a successor yet finds what one that does
    has kept, and the other way round, and what is kept survives that either secret goes.
    """

    def __init__(self, keys: Keys, caller: bytes, operation: str, text: str, body: bytes) -> None:
        self._text = text
        self.kept = [
            KeptKey(key_hash(secret, caller, operation, text), request_hash(secret, text, body), secret)
            for secret in keys.secrets(KeyPurpose.IDEMPOTENCY)
        ]
        self.hashes = [one.hash for one in self.kept]
        oldest = keys.oldest(KeyPurpose.IDEMPOTENCY)
        #: By the oldest secret: the one that all copies know.
        self.lock = lock_number(next(one.hash for one in self.kept if one.secret == oldest))

    def is_repeat_of(self, hash: bytes, request: bytes) -> bool:
        """Whether what is kept under one of the hashes had the same body."""
        return self._under(hash).request == request

    def seal(self, answer: str, under: KeptKey) -> bytes:
        return sealing.seal(self._sealing_key(under), answer, about=under.hash)

    def unseal(self, sealed: bytes, hash: bytes) -> str:
        answer = sealing.unseal(self._sealing_key(self._under(hash)), sealed, about=hash)
        if answer is None:
            raise of_another_server()
        return answer

    def _under(self, hash: bytes) -> KeptKey:
        return next(one for one in self.kept if one.hash == hash)

    def _sealing_key(self, under: KeptKey) -> bytes:
        return sealing.key_of(under.secret, self._text, purpose=_PURPOSE)


_KNOWN = select(
    IdempotencyKey.key_hash, IdempotencyKey.request_hash, IdempotencyKey.status, IdempotencyKey.report_id,
    IdempotencyKey.sealed,
)  # fmt: skip


async def forget(session: AsyncSession, hashes: Sequence[bytes], *, days: int) -> None:
    """A key after its days, which the hourly purge has not yet found: its next request is a new one."""
    over = IdempotencyKey.created_at < func.now() - func.make_interval(0, 0, 0, days)
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.key_hash.in_(hashes), over))


class Once:
    """Answers one request, and remembers what is needed to answer its repeat.

    `repeats`: the status of the first answer, where the endpoint must make it again: by `again` what is about a report,
    and without any action what was only computed.
    """

    def __init__(self, request: Request, session: AsyncSession, key: Key | None, known: Row[Any] | None = None) -> None:
        self._request = request
        self._session = session
        self._key = key
        self.report_id = None if known is None else known.report_id
        self.repeats = None if known is None else known.status

    async def answer(
        self, model: BaseModel, *, status: int = 200, version: int | None = None, about: UUID | None = None,
        view: Sequence[str] = (),
    ) -> Response:  # fmt: skip
        """`about`: the report whose repeated answer is to be made by `again`. Anything else is sealed."""
        content = model.model_dump_json()
        if about is not None:
            await self.remember(about, status=status)
        elif self._key is not None:
            await self._remember(self._key, status, content=content)
        headers = dict(made.location(self._request, status, content))
        if version is not None:
            headers["ETag"] = etag(version, *view)
        return Response(content, status_code=status, media_type="application/json", headers=headers)

    async def remember(self, about: UUID, *, status: int = 200) -> None:
        """For an answer that is no model: the endpoint makes it again by itself."""
        if self._key is not None:
            await self._remember(self._key, status, report_id=about)

    async def computed(self, model: BaseModel, *, version: int | None = None) -> Response:
        """For what changes nothing: a repeat computes it again, under the rights of today."""
        if self._key is not None and self.repeats is None:
            await self._remember(self._key, 200)
        headers = {} if self.repeats is None else {REPLAYED: "true"}
        if version is not None:
            headers["ETag"] = etag(version)
        return Response(model.model_dump_json(), media_type="application/json", headers=headers)

    def again(self, model: BaseModel, *, version: int | None = None, view: Sequence[str] = ()) -> Replay:
        """To be raised for a repeat, before anything is done: `model` is what the caller may see today."""
        assert self.repeats is not None
        return Replay(self.repeats, model.model_dump_json(), version, view)

    async def _remember(
        self, key: Key, status: int, *, report_id: UUID | None = None, content: str | None = None
    ) -> None:
        rows = [
            {
                "key_hash": kept.hash, "request_hash": kept.request, "status": status, "report_id": report_id,
                "sealed": None if content is None else key.seal(content, kept),
            }
            for kept in key.kept
        ]  # fmt: skip
        await self._session.execute(insert(IdempotencyKey), rows)


async def once(request: Request, session: Session, client: OptionalClient, key: IdempotencyKeyHeader = None) -> Once:
    """Raises Replay for a request whose answer was sealed, 409 while it runs, 422 for another body."""
    if key is None:
        return Once(request, session, None)
    keys: Keys = request.app.state.keys
    credentials = [request.headers.get(header, "") for header in ("x-access-code", "x-reporter-reference")]
    operation = f"{request.method} {request.url.path}"
    query = json.dumps(sorted(parse_qsl(request.url.query, keep_blank_values=True)))
    body = f"{query}\n".encode() + _normal(request, await request.body())
    return await first_or_repeat(request, session, Key(keys, caller(client, *credentials), operation, key, body))


async def first_or_repeat(request: Request, session: AsyncSession, asked: Key) -> Once:
    """Raises Replay for a request whose answer was sealed, TryAgain while it runs, Invalid for another body."""
    settings: Settings = request.app.state.settings
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(asked.lock))):
        raise in_use()
    await forget(session, asked.hashes, days=settings.idempotency_days)
    known = (await session.execute(_KNOWN.where(IdempotencyKey.key_hash.in_(asked.hashes)))).first()
    if known is None:
        return Once(request, session, asked)
    if not asked.is_repeat_of(known.key_hash, known.request_hash):
        raise reused()
    if known.sealed is not None:
        raise Replay(known.status, asked.unseal(known.sealed, known.key_hash))
    return Once(request, session, asked, known)


Idempotent = Annotated[Once, Depends(once, scope="function")]


def _normal(request: Request, body: bytes) -> bytes:
    """The body as the endpoint understands it: neither order nor spaces nor defaults that are written out matter."""
    field = getattr(request.scope.get("route"), "body_field", None)
    if field is None:
        return body
    model = _model(field.field_info.annotation)
    try:
        read = model.dump_python(model.validate_json(body or b"null"), mode="json", exclude_defaults=True)
    except ValueError:
        return body  # the endpoint will refuse it
    return json.dumps(read, sort_keys=True).encode() if read else b""


@lru_cache(maxsize=256)
def _model(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


async def replayed(request: Request, error: Exception) -> Response:
    assert isinstance(error, Replay)
    headers = {**error.headers, **made.location(request, error.status, error.content)}
    return Response(error.content, status_code=error.status, media_type="application/json", headers=headers)
