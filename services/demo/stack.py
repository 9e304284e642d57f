"""The running services as a caller sees them: HTTP and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.clients import Role, Scope
from shared.http.tokens import Signer

Json = dict[str, Any]

ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.2
TIMEOUT_SECONDS = 30.0
TOKEN_SECONDS = 12 * 3600
#: What passes by itself: too many requests, a restart, another copy of this request.
_AGAIN_STATUSES = frozenset({429, 502, 503, 504})
_AGAIN_CODES = frozenset({"idempotency_key_in_use"})


class Refused(Exception):
    """A service answered with a problem."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class Unreachable(Exception):
    """A service did not answer; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """In whose name a request is made."""

    role: Role
    sub: str
    agency: str | None = None
    scopes: frozenset[Scope] = field(default_factory=frozenset)


@dataclass(slots=True)
class Stack:
    intake: httpx.AsyncClient
    routing: httpx.AsyncClient
    sla: httpx.AsyncClient
    signer: Signer
    _minted: dict[Caller, str] = field(default_factory=dict)

    async def get(self, service: httpx.AsyncClient, path: str, caller: Caller, **params: Any) -> Json:
        response = await self._send(
            service.build_request("GET", path, params=params, headers=self._headers(caller)), service
        )
        return _object(response)

    async def post(
        self,
        service: httpx.AsyncClient,
        path: str,
        body: Json,
        caller: Caller,
        *,
        key: str,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Json, bool]:
        """The answer, and whether it was given before to the same key. A repeated request is safe by its key."""
        headers = {**self._headers(caller), "Idempotency-Key": key, **(headers or {})}
        response = await self._send(service.build_request("POST", path, json=body, headers=headers), service)
        return _object(response), response.headers.get("Idempotency-Replayed") == "true"

    async def metrics(self) -> list[str]:
        """The lines of every service's /metrics."""
        lines: list[str] = []
        for service in (self.intake, self.routing, self.sla):
            response = await self._send(service.build_request("GET", "/metrics"), service)
            lines += response.text.splitlines()
        return lines

    def _headers(self, caller: Caller) -> dict[str, str]:
        token = self._minted.get(caller)
        if token is None:
            token = self._minted[caller] = self.signer.mint(
                caller.role,
                sub=caller.sub,
                agency=caller.agency,
                scopes=sorted(caller.scopes),
                seconds=TOKEN_SECONDS,
            )
        return {"Authorization": f"Bearer {token}"}

    async def _send(self, request: httpx.Request, service: httpx.AsyncClient) -> httpx.Response:
        """Raises Refused for a problem, Unreachable when nobody answers."""
        pause_seconds = FIRST_PAUSE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                response = await service.send(request)
            except httpx.TransportError as error:
                if last:
                    raise Unreachable(
                        f"Nobody answers at {service.base_url}: start the stack with `make run`."
                    ) from error
            else:
                if response.is_success:
                    return response
                refused = _refused(response)
                passes = refused.status in _AGAIN_STATUSES or refused.code in _AGAIN_CODES
                if last or not passes:
                    raise refused
            await asyncio.sleep(pause_seconds)
            pause_seconds *= 2
        raise AssertionError("the last attempt returns or raises")


@asynccontextmanager
async def connect(
    *, intake_url: str, routing_url: str, sla_url: str, signer: Signer, connections: int
) -> AsyncIterator[Stack]:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with (
        httpx.AsyncClient(base_url=intake_url, limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False) as intake,
        httpx.AsyncClient(base_url=routing_url, limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False) as routing,
        httpx.AsyncClient(base_url=sla_url, limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False) as sla,
    ):
        yield Stack(intake, routing, sla, signer)


async def pages(
    stack: Stack, service: httpx.AsyncClient, path: str, caller: Caller, *, most: int, **params: Any
) -> AsyncIterator[Json]:
    """The items of a list, page by page, at most `most` pages."""
    cursor: str | None = None
    for _ in range(most):
        given = params if cursor is None else {**params, "cursor": cursor}
        page = await stack.get(service, path, caller, limit=200, **given)
        for item in page["items"]:
            yield item
        cursor = page["next_cursor"]
        if cursor is None:
            return


def total(lines: Iterable[str], name: str) -> float:
    """The sum of a metric over its labels."""
    found = (line.rpartition(" ") for line in lines if line.startswith((f"{name}{{", f"{name} ")))
    return sum(float(value) for _, _, value in found)


def _object(response: httpx.Response) -> Json:
    answer: Json = response.json()
    return answer


def _refused(response: httpx.Response) -> Refused:
    try:
        problem = response.json()
        return Refused(response.status_code, problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        return Refused(response.status_code, "not_a_problem", response.text[:200])
