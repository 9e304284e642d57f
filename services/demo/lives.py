"""Invented reports about East Kalimantan, each taken as far through its life as its `life` says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from services.demo.stack import Caller, Json, Stack
from shared.clients import Role, Scope

WORKERS = 8

CLIENT = Caller(Role.CHANNEL, "demo", scopes=frozenset({Scope.SUBMIT}))
ADMIN = Caller(Role.NATIONAL_ADMIN, "demo-admin")


@dataclass(frozen=True, slots=True)
class Story:
    """A report of the file, with the words that are said about it."""

    given: Mapping[str, Any]
    words: Mapping[str, str]

    @property
    def life(self) -> str:
        return str(self.given["life"])

    @property
    def agency(self) -> str:
        return str(self.given["agency"])

    @property
    def late_entry(self) -> bool:
        return "received_days_ago" in self.given

    def submission(self, now: datetime) -> Json:
        location = {
            "text": self.given["location"],
            "region_code": self.given["region"],
            "latitude": self.given.get("latitude"),
            "longitude": self.given.get("longitude"),
        }
        body: Json = {
            "classification": self.given["classification"],
            "title": self.given["title"],
            "body": self.given["body"],
            "location": {name: value for name, value in location.items() if value is not None},
            "channel": self.given["channel"],
        }
        for name in ("category", "anonymous", "secret", "reporter"):
            if name in self.given:
                body[name] = self.given[name]
        if self.late_entry:
            received_at = now - timedelta(days=self.given["received_days_ago"])
            body |= {"received_at": received_at.isoformat(), "entered_by": "loket-peragaan"}
        return body


def stories() -> list[Story]:
    file = resources.files("services.demo") / "data" / "demo_reports.json"
    document = json.loads(file.read_text("utf-8"))
    return [Story(given, document["words"]) for given in document["reports"]]


@dataclass(slots=True)
class Living:
    """One report on its way. Every request has a key of this run, so that a repeated one does nothing twice."""

    stack: Stack
    story: Story
    run: str
    number: int
    roots: Mapping[str, str]  #: the instansi of every agency
    id: str = ""
    tracking_number: str = ""
    access_code: str = ""

    async def submit(self, now: datetime) -> None:
        body = self.story.submission(now)
        receipt, _ = await self.stack.post(self.stack.intake, "/v1/reports", body, CLIENT, key=self._key("submission"))
        self.id, self.tracking_number = str(receipt["id"]), str(receipt["tracking_number"])
        self.access_code = str(receipt["access_code"])

    async def act(self, action: str, caller: Caller, **body: Any) -> None:
        path = f"/v1/reports/{self.id}/{action}"
        await self.stack.post(self.stack.routing, path, body, caller, key=self._key(action))

    async def reporter(self, action: str, **body: Any) -> None:
        path = f"/v1/reports/{self.tracking_number}/{action}"
        headers = {"X-Access-Code": self.access_code}
        await self.stack.post(
            self.stack.intake, path, body, CLIENT, key=self._key(f"reporter-{action}"), headers=headers
        )

    @property
    def coordinator(self) -> Caller:
        root = self.roots[self.story.agency]
        return Caller(Role.COORDINATOR, f"{root.lower()}-admin", agency=root)

    @property
    def officer(self) -> Caller:
        return Caller(Role.LIAISON_OFFICER, f"{self.story.agency.lower()}-1", agency=self.story.agency)

    def _key(self, action: str) -> str:
        return f"demo:{self.run}:{self.number}:{action}"


async def _verify(report: Living) -> None:
    category = report.story.given.get("category")
    await report.act("verification", ADMIN, **({"category": category} if category else {}))


async def _forward(report: Living) -> None:
    await _verify(report)
    await report.act("forwarding", ADMIN, agency=report.roots[report.story.agency])


async def _assign(report: Living) -> None:
    await _forward(report)
    await report.act("disposition", report.coordinator, agency=report.story.agency)


async def _respond(report: Living) -> None:
    await _assign(report)
    await report.act("responses", report.officer, body=report.story.words["first_response"], final=False)


async def _finish(report: Living) -> None:
    await _assign(report)
    await report.act("responses", report.officer, body=report.story.words["final_response"], final=True)


async def _rate_well(report: Living) -> None:
    await _finish(report)
    await report.reporter("ratings", score=5, resolved=True, comment=report.story.words["comment_good"])


async def _rate_badly(report: Living) -> None:
    await _finish(report)
    await report.reporter("ratings", score=1, resolved=False, comment=report.story.words["comment_poor"])


async def _answer_directly(report: Living) -> None:
    await _verify(report)
    await report.act("answer", ADMIN, body=report.story.given["answer"])


async def _hold(report: Living) -> None:
    await _assign(report)
    await report.act("hold", report.officer, question=report.story.words["question"])


async def _return(report: Living) -> None:
    await _assign(report)
    await report.act("returns", report.officer, reason="not_our_authority")


async def _withdraw(report: Living) -> None:
    await _assign(report)
    await report.reporter("withdrawal")


async def _archive(report: Living) -> None:
    await report.act("archive", ADMIN, reason=report.story.given["archive_reason"])


async def _leave(_report: Living) -> None:
    """Nobody does anything; the clock runs."""


LIVES: Mapping[str, Callable[[Living], Awaitable[None]]] = {
    "received": _leave,
    "verified": _verify,
    "forwarded": _forward,
    "assigned": _assign,
    "in_progress": _respond,
    "answered": _finish,
    "answered_directly": _answer_directly,
    "closed": _rate_well,
    "rated_poor": _rate_badly,
    "held": _hold,
    "returned": _return,
    "archived": _archive,
    "withdrawn": _withdraw,
}

#: Where each life ends, once everything is delivered.
ENDS: Mapping[str, str] = {
    "received": "received",
    "verified": "verified",
    "forwarded": "verified",
    "assigned": "assigned",
    "in_progress": "in_progress",
    "answered": "answered",
    "answered_directly": "answered",
    "closed": "closed",
    "rated_poor": "in_progress",
    "held": "awaiting_reporter",
    "returned": "verified",
    "archived": "archived",
    "withdrawn": "withdrawn",
}


async def live(stack: Stack, *, run: str, now: datetime, done: Callable[[], None]) -> list[Living]:
    """All of them, a few at a time, in the order of the file. `done` is called after each."""
    roots = await _roots(stack)
    reports = [Living(stack, story, run, number, roots) for number, story in enumerate(stories(), start=1)]
    limit = asyncio.Semaphore(WORKERS)

    async def one(report: Living) -> None:
        async with limit:
            await report.submit(now)
            await LIVES[report.story.life](report)
            done()

    try:
        async with asyncio.TaskGroup() as group:
            for report in reports:
                group.create_task(one(report))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return reports


async def _roots(stack: Stack) -> dict[str, str]:
    """The instansi of every agency that a story names, from the registry's API."""
    roots: dict[str, str] = {}
    for code in sorted({story.agency for story in stories() if "agency" in story.given}):
        root, parent = code, code
        while parent:
            root = parent
            parent = (await stack.get(stack.routing, f"/v1/agencies/{root}", ADMIN))["parent"]
        roots[code] = root
    return roots
