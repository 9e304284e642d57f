"""Calls to the services of a stack, in the name of the clients that `lapor up` has tokens for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from services.local.examples import EXAMPLES
from services.local.stack import Stack
from shared.clients import Role
from shared.ids import new_id

INTAKE, ROUTING, MONITOR = "intake_api", "routing_service", "sla_monitor"
TIMEOUT_SECONDS = 30.0
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
AT_ONCE = 6


class NoSample(Exception):
    """A service refused what a sample needs; the message says what it answered."""


@dataclass(slots=True)
class Calls:
    stack: Stack
    http: httpx.AsyncClient
    tokens: Mapping[Role, str]
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @classmethod
    @asynccontextmanager
    async def to(cls, stack: Stack) -> AsyncIterator[Self]:
        tokens = {
            one.role: stack.token(one.role, sub=one.sub, agency=one.agency, scopes=tuple(one.scopes))
            for one in EXAMPLES
        }
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
            yield cls(stack, http, tokens)

    async def __call__(
        self, service: str, method: str, path: str, body: Any = None, *, role: Role, code: str | None = None
    ) -> Any:
        """The answer. Raises NoSample."""
        response = await self._send(service, method, path, body, role=role, code=code)
        if not response.is_success:
            raise NoSample(f"{method} {path}: {response.status_code} {response.text}")
        return response.json()

    async def until(
        self, service: str, method: str, path: str, body: Any = None, *, role: Role, code: str | None = None
    ) -> Any:
        """The answer once the service gives one: what it waits for comes to pass by itself."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                response = await self._send(service, method, path, body, role=role, code=code)
                if response.is_success:
                    is_json = response.headers.get("Content-Type", "").startswith("application/json")
                    return response.json() if is_json else response.content
                await asyncio.sleep(PAUSE_SECONDS)

    async def _send(
        self, service: str, method: str, path: str, body: Any, *, role: Role, code: str | None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(new_id())
        if code is not None:
            headers["X-Access-Code"] = code
        async with self._room:
            return await self.http.request(method, self.stack.url(service) + path, headers=headers, json=body)
