"""`Idempotency-Key` on a POST: the same key and body get the first answer again, whichever copy is asked.

The key is stored in the transaction of the change itself, so that a crash leaves nothing "running".
(A submission has a statement of its own for this, in intake_api.)
"""

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import OptionalClient
from shared.database import Session
from shared.errors import Conflict, Invalid
from shared.schema import IdempotencyKey
from shared.wire import etag

IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Makes a repeated request safe: the same key and body get the first answer again.",
    ),
]


def key_hash(client: str, path: str, key: str) -> bytes:
    return hashlib.sha256(f"{client}\x1f{path}\x1f{key}".encode()).digest()


def request_hash(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def lock_number(key: bytes) -> int:
    """The advisory lock of a key."""
    return int.from_bytes(key[:8], "big", signed=True)


def in_use() -> Conflict:
    return Conflict(
        "A request with this Idempotency-Key is still running; try again in a moment.",
        code="idempotency_key_in_use",
    )


def reused() -> Invalid:
    return Invalid(
        "This Idempotency-Key was used for another body; take a new key for a new request.",
        pointer="header/idempotency-key",
        code="idempotency_key_reused",
    )


class Replay(Exception):
    """The answer was given before."""

    def __init__(self, status: int, answer: str, headers: dict[str, str]) -> None:
        self.response = Response(answer, status_code=status, media_type="application/json", headers=headers)


class Once:
    """Answers one request, and remembers the answer when the request has a key."""

    def __init__(self, session: AsyncSession, key: bytes | None, body: bytes) -> None:
        self._session = session
        self._key = key
        self._body = body

    async def answer(self, model: BaseModel, *, status: int = 200, version: int | None = None) -> Response:
        content = model.model_dump_json()
        if self._key is not None:
            row = {
                "key_hash": self._key,
                "request_hash": request_hash(self._body),
                "status": status,
                "answer": content,
            }
            await self._session.execute(insert(IdempotencyKey).values(row))
        headers = {} if version is None else {"ETag": etag(version)}
        return Response(content, status_code=status, media_type="application/json", headers=headers)


async def once(request: Request, session: Session, client: OptionalClient, key: IdempotencyKeyHeader = None) -> Once:
    """Raises Replay for a request that was answered before, 409 while it runs, 422 for another body."""
    body = await request.body()
    if key is None:
        return Once(session, None, body)
    credentials = [request.headers.get(header, "") for header in ("x-access-code", "x-reporter-reference")]
    caller = "\x1f".join([client.actor if client else "", *credentials])
    hashed = key_hash(caller, f"{request.method} {request.url.path}", key)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(lock_number(hashed)))):
        raise in_use()
    known = await session.get(IdempotencyKey, hashed)
    if known is None:
        return Once(session, hashed, body)
    if known.request_hash != request_hash(body):
        raise reused()
    raise Replay(known.status, known.answer or "", {"Idempotency-Replayed": "true"})


Idempotent = Annotated[Once, Depends(once, scope="function")]


async def replayed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replay)
    return error.response
