"""Asks somebody else's issuer: bounded in time and in size, at the addresses that it named and nowhere else."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from shared.errors import Unavailable

MOST_BYTES = 256 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    content: Mapping[str, Any]  #: empty, where it is no JSON object


class Fetching:
    """`http` is made when it is first needed. Follows no redirect: that would lead to somebody whom nobody named."""

    def __init__(self, seconds: float, http: httpx.AsyncClient | None = None) -> None:
        self._seconds = seconds
        self._http = http

    async def fetch_document(self, url: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """A JSON object. Raises Unavailable."""
        answer = await self._fetch_bounded("GET", url, headers or {}, None)
        if answer.status != 200 or not answer.content:
            raise away(url, f"answered {answer.status}, or no JSON object")
        return answer.content

    async def post_form(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answered:
        """Raises Unavailable."""
        answer = await self._fetch_bounded("POST", url, headers, form)
        if answer.status >= 500 or answer.status == 429:
            raise away(url, f"answered {answer.status}")
        return answer

    async def _fetch_bounded(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Answered:
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        try:
            async with (
                asyncio.timeout(self._seconds),  # of the whole answer: one that drips would never be too late
                self._client().stream(method, url, headers=sent, data=form) as answer,
            ):
                return Answered(answer.status_code, _object(await _bounded(answer)))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise away(url, type(error).__name__) from None

    def _client(self) -> httpx.AsyncClient:
        """Trusts the authorities of this machine; SSL_CERT_FILE names others."""
        if self._http is None:
            verify = ssl.create_default_context()
            self._http = httpx.AsyncClient(timeout=self._seconds, trust_env=False, verify=verify)
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()


async def _bounded(answer: httpx.Response) -> bytes:
    """Raises ValueError: too long, or packed, so that nobody knows how long it is."""
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ValueError("packed")
    read = bytearray()
    async for part in answer.aiter_raw():
        read += part
        if len(read) > MOST_BYTES:
            raise ValueError("too long")
    return bytes(read)


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def away(url: str, why: str) -> Unavailable:
    log.warning("other_issuer_away", url=url, why=why)
    return Unavailable(
        "The place where you log in does not answer as it should. Try again in a moment.", code="other_issuer_away"
    )
