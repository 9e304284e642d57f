"""A receiver of webhooks on this machine, and what happens to many reports at once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

AGENCY = "SAMARINDA-DPUPR"

_HAPPEN = text(
    """
    WITH made AS (
        INSERT INTO reports (id, tracking_number, access_code_hash, title, body, salt, channel, client_id, received_at,
                             recorded_at, classification, anonymous, secret, status, holder_level, holder_agency_code)
        SELECT gen_random_uuid(), lpad((n + CAST(:first AS bigint))::text, 10, '0'), '', 't', 'b', '', 'app', 'x',
               now(), now(), 'complaint', false, false, 'assigned', 'agency', :agency
        FROM generate_series(1, CAST(:reports AS int)) AS n RETURNING id
    )
    INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
    SELECT gen_random_uuid(), id, seq, 'report.noted', now(), now(), 'national_admin:a', '{"message": "m"}', '', ''
    FROM generate_series(1, CAST(:each AS int)) AS seq, made
    """
)


async def happen(engine: AsyncEngine, *, reports: int, each: int, first: int = 3_000_000_000) -> None:
    """So many reports of the agency, and so many events of each, in one transaction."""
    values = {"reports": reports, "each": each, "agency": AGENCY, "first": first}
    async with engine.begin() as connection:
        await connection.execute(_HAPPEN, values)


@dataclass
class Receiver:
    """`seconds`: how long it takes to answer. `heard`: when, under which name, and what."""

    seconds: float = 0.0
    status: int = 204
    url: str = ""
    heard: list[tuple[float, str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
                body = (await reader.readexactly(int(headers["content-length"]))).decode()
                await asyncio.sleep(self.seconds)
                self.heard.append((time.monotonic(), headers["webhook-id"], body))
                self.names.add(headers["webhook-id"])
                self._news.set()
                writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/lapor"
        try:
            yield self
        finally:
            server.close()

    async def has_heard(self, count: int, *, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while len(self.names) < count:
                self._news.clear()
                await self._news.wait()

    def orders(self) -> dict[str, list[int]]:
        """Of each report the places of its events, as they came first."""
        found: dict[str, list[int]] = {}
        seen: set[str] = set()
        for _, name, body in self.heard:
            if name not in seen:
                seen.add(name)
                data: dict[str, Any] = json.loads(body)["data"]
                found.setdefault(data["report_id"], []).append(data["seq"])
        return found
