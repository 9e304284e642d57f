"""A receiver at the edge, and hands that make webhooks and have them told."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from routing_service.webhooks import keeping
from routing_service.webhooks.dispatching import service as dispatching
from routing_service.webhooks.sending.sender import Sender
from shared.outgoing import Answered, Outgoing, Unanswered
from tests.routing_service.driving import ADMIN, COORDINATOR, Json, Office
from tests.waiting import log_is_quiet

URL = "https://tiket.example/lapor"
#: A status, or why there was none.
Answer = int | Exception
LATE = Unanswered("late")


@dataclass(frozen=True)
class Heard:
    url: str
    headers: Mapping[str, str]
    content: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> Json:
        found: Json = json.loads(self.content)
        return found


@dataclass
class Receivers(Outgoing):
    """Whatever is sent comes here, and nothing leaves the process."""

    answer: Callable[[Heard], Answer] = lambda heard: 204
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(production=True)

    async def check_host(self, url: str) -> None:
        self.check(url)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", seconds: float,
        most_bytes: int,
    ) -> Answered:  # fmt: skip
        heard = Heard(url, headers, content.decode())
        self.heard.append(heard)
        await asyncio.sleep(0)
        answer = self.answer(heard)
        if isinstance(answer, Exception):
            raise answer
        return Answered(answer, {}, b"", is_whole=True)

    def took(self) -> list[Heard]:
        """What was heard since this was last asked."""
        found, self.heard = self.heard, []
        return found


class Listening:
    def __init__(self, office: Office, receivers: Receivers) -> None:
        self.office = office
        self.receivers = receivers
        self.sessions = office.app.state.jobs
        office.app.state.outgoing = receivers

    def sender(self, **changes: Any) -> Sender:
        given: dict[str, Any] = {"production": False, "wide": 32, "clock": lambda: self.office.clock.now} | changes
        return Sender(self.sessions, self.receivers, self.office.app.state.keys, **given)

    async def subscribe(self, headers: Mapping[str, str], **body: Any) -> Json:
        return await self.done("POST", "/v1/webhooks", headers, {"name": "Uji", "url": URL} | body)

    async def done(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Json:
        response = await self.office.http.request(method, path, headers=headers, json=body)
        assert response.is_success, response.text
        found: Json = response.json() if response.content else {}
        return found

    async def refused(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> tuple[int, str]:
        response = await self.office.http.request(method, path, headers=headers, json=body)
        return response.status_code, response.json()["code"]

    async def dispatched(self, *, limit: int = 500) -> None:
        """All that has happened is turned into messages."""
        await self.quiet()
        now = self.office.clock.now
        while await dispatching.dispatch_events(self.sessions, production=False, now=now, limit=limit):
            pass
        while await dispatching.dispatch_replay(self.sessions, production=False, now=now, limit=limit):
            pass

    async def told(self) -> list[Heard]:
        """What receivers hear when all that is due now is sent."""
        await self.dispatched()
        await self.sender().finish()
        return self.receivers.took()

    async def forgotten(self, now: datetime) -> int:
        """How many messages are forgotten then."""
        return await keeping.forget_old(self.sessions, days=30, now=now)

    async def log(self, webhook: Json, headers: Mapping[str, str], **params: Any) -> list[Json]:
        """The oldest first."""
        page = await self.office.get(f"/v1/webhooks/{webhook['id']}/deliveries", dict(headers), limit=200, **params)
        items: list[Json] = page["items"]
        return items[::-1]

    async def quiet(self) -> None:
        await log_is_quiet(self.office.scalar)


def report_of(heard: Heard) -> UUID:
    return UUID(heard.body["data"]["report_id"])


async def assigned(office: Office) -> UUID:
    report = await office.report()
    await office.done(report, "verification", ADMIN)
    await office.done(report, "forwarding", ADMIN)
    await office.done(report, "disposition", COORDINATOR)
    return report
