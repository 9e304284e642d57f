"""What an app hears of its reports: in order, nothing missed, nothing twice, and nothing that is not for it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.feed import service
from intake_api.feed.schemas import OwnFeedParams
from shared.clients import Client, Role
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.log import events
from shared.log.events import EventType
from tests.factories import DAY, NOON, bearer, drafted
from tests.intake_api.helpers import CHANNEL, Clock, Submitted, assigned, code_of, merged, moved, submitted
from tests.waiting import log_is_quiet

Headers = Mapping[str, str]


@pytest.fixture
def sub() -> str:
    """Of an app that has no reports yet."""
    return f"app-{uuid4().hex}"


@pytest.fixture
def app_token(sub: str) -> dict[str, str]:
    return bearer(Role.REPORTER_APP, sub=sub)


async def quiet(committed: Sessions) -> None:
    async def scalar(statement: str) -> Any:
        async with committed() as session:
            return await session.scalar(text(statement))

    await log_is_quiet(scalar)


async def read(client: httpx.AsyncClient, headers: Headers, cursor: str | None = None, **params: Any) -> Any:
    asked = params if cursor is None else params | {"cursor": cursor}
    answer = await client.get("/v1/events", headers=headers, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everything(
    client: httpx.AsyncClient, headers: Headers, *, cursor: str | None = None, **params: Any
) -> tuple[list[Any], str]:
    page = await read(client, headers, cursor, **params)
    found = page["items"]
    while page["more"]:
        page = await read(client, headers, page["next_cursor"], **params)
        found += page["items"]
    return found, page["next_cursor"]


async def replied(session: AsyncSession, report: Submitted) -> UUID:
    head = await events.lock_head(session, report.id)
    assert head is not None
    draft = drafted(EventType.REPORTER_REPLIED, NOON, "reporter", {"by": "code"})
    return (await events.append(session, head, draft, recorded_at=NOON))[0].id


async def test_an_app_hears_what_the_reporters_of_its_reports_see(
    client: httpx.AsyncClient, committed: Sessions, app_token: dict[str, str], now: Clock
) -> None:
    draft = uuid4().hex
    report = await submitted(client, app_token, external_reference=draft, anonymous=True, secret=True)
    await assigned(committed, report)
    await moved(committed, report, EventType.REPORT_NOTED, Status.ASSIGNED, said="x", kind=MessageKind.NOTE)
    now.now = NOON + DAY
    reply = await client.post(f"{report.path}/replies", json={"body": "Tolong."}, headers=report.as_reporter)
    await quiet(committed)

    found, cursor = await everything(client, app_token)

    assert {(one["tracking_number"], one["external_reference"]) for one in found} == {(report.number, draft)}
    assert [(one["type"], one["status"], one["version"]) for one in found] == [
        ("report.received", "received", 1),
        ("report.assigned", "assigned", 2),
        ("reporter.replied", None, 4),
    ]
    assert found[-1]["changed_at"] == "2026-03-03T04:00:00Z"
    assert found[-1]["version"] == reply.json()["version"]
    assert (await read(client, app_token, cursor))["items"] == []
    for hidden in ("Tolong", "admin", "SAMARINDA", report.code):
        assert hidden not in str(found)


async def test_nobody_hears_of_the_reports_of_others(
    client: httpx.AsyncClient, committed: Sessions, app_token: dict[str, str]
) -> None:
    name = f"namesake-{uuid4().hex}"
    await submitted(client, app_token)
    await submitted(client, bearer(Role.CHANNEL, sub=name, scopes=("reports:submit",)))
    await quiet(committed)

    found, _ = await everything(client, bearer(Role.REPORTER_APP, sub=name))

    assert found == []
    assert len((await everything(client, app_token))[0]) == 1


async def test_a_reader_misses_no_event_that_commits_after_a_later_one(
    client: httpx.AsyncClient, committed: Sessions, app_token: dict[str, str]
) -> None:
    slow_report, fast_report = await submitted(client, app_token), await submitted(client, app_token)
    await quiet(committed)
    _, cursor = await everything(client, app_token)

    async with committed() as slow:
        first = await replied(slow, slow_report)  # its transaction has its number, and stays open
        async with committed.begin() as fast:
            second = await replied(fast, fast_report)
        between, cursor = await everything(client, app_token, cursor=cursor)
        await slow.commit()
    await quiet(committed)
    after, _ = await everything(client, app_token, cursor=cursor)

    assert between == []
    assert [one["id"] for one in after] == [str(first), str(second)]


async def test_what_a_killed_process_was_about_to_write_never_comes_and_holds_up_nothing(
    client: httpx.AsyncClient, committed: Sessions, app_token: dict[str, str]
) -> None:
    report, other = await submitted(client, app_token), await submitted(client, app_token)
    await quiet(committed)
    _, cursor = await everything(client, app_token)

    async with committed() as killed:
        await replied(killed, report)
        process = await killed.scalar(text("SELECT pg_backend_pid()"))
        async with committed.begin() as session:
            written = await replied(session, other)
            await session.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
        with pytest.raises(DBAPIError):
            await killed.commit()
    await quiet(committed)

    assert [one["id"] for one in (await everything(client, app_token, cursor=cursor))[0]] == [str(written)]


async def test_pages_put_together_are_every_event_once_however_many_of_others_lie_between(
    client: httpx.AsyncClient, committed: Sessions, app_token: dict[str, str], sub: str
) -> None:
    mine = []
    for _ in range(3):
        mine.append((await submitted(client, app_token)).number)
        await submitted(client)
    await quiet(committed)
    app = Client(sub, Role.REPORTER_APP)

    found: list[str] = []
    cursor, more = None, True
    async with committed() as session:
        while more:
            params = OwnFeedParams(limit=2, cursor=cursor)
            page = await service.read_own_feed(session, params, app, days=90, now=NOON, most_passed=50)
            found += [one.tracking_number for one in page.items]
            cursor, more = page.next_cursor, page.more

    assert found == mine
    assert [one["tracking_number"] for one in (await everything(client, app_token, limit=1))[0]] == mine


async def test_an_app_hears_what_happens_to_the_report_that_one_of_its_own_was_merged_into(
    client: httpx.AsyncClient, committed: Sessions, app_token: dict[str, str]
) -> None:
    survivor = await submitted(client, bearer(Role.REPORTER_APP, sub=f"other-{uuid4().hex}"), secret=True)
    older, report, second = await submitted(client), *[await submitted(client, app_token) for _ in range(2)]
    await moved(committed, survivor, EventType.REPORT_HELD, Status.AWAITING_REPORTER)  # before: not theirs to follow
    for one, into in ((report, older), (second, older), (older, survivor)):
        await merged(committed, one, into, at=NOON + timedelta(hours=1))
    await quiet(committed)
    _, cursor = await everything(client, app_token)

    reply = {"body": "Kata orang lain"}
    await client.post(f"{survivor.path}/replies", json=reply, headers=survivor.as_reporter)
    at = NOON + DAY + timedelta(seconds=30)
    await moved(committed, survivor, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Sudah.", at=at, recorded_at=at)
    await moved(
        committed, survivor, EventType.REPORT_NOTED, Status.ANSWERED, said="x", kind=MessageKind.NOTE, recorded_at=at
    )
    await quiet(committed)

    found, after = await everything(client, app_token, cursor=cursor, limit=1)

    told = [(one["type"], one["of"], one["status"], one["version"], one["occurred_at"]) for one in found]
    assert told == 2 * [("report.answered", "merged", None, 2, "2026-03-03T04:00:00Z")]
    assert {one["tracking_number"] for one in found} == {report.number, second.number}
    assert survivor.number not in str(found)
    assert (await read(client, app_token, after))["items"] == []


async def test_the_feed_reaches_ninety_days_back(
    client: httpx.AsyncClient, committed: Sessions, app_token: dict[str, str], now: Clock
) -> None:
    await submitted(client, app_token)
    await quiet(committed)

    now.now = NOON + 90 * DAY
    assert len((await everything(client, app_token))[0]) == 1
    now.now += timedelta(seconds=1)
    assert (await everything(client, app_token))[0] == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), (CHANNEL, 403), (bearer(Role.NATIONAL_ADMIN), 403), (bearer(Role.SUPERVISOR), 403)],
)
async def test_only_apps_read_it(client: httpx.AsyncClient, headers: Headers, status: int) -> None:
    assert (await client.get("/v1/events", headers=headers)).status_code == status


@pytest.mark.parametrize("params", [{"cursor": "bm9uc2Vuc2U"}, {"limit": 0}, {"limit": 201}, {"types": "x"}])
async def test_a_parameter_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, app_token: dict[str, str], params: dict[str, Any]
) -> None:
    answer = await client.get("/v1/events", headers=app_token, params=params)

    assert code_of(answer)[0] == 422
