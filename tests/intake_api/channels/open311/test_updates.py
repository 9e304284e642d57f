"""What becomes of reports, told to other systems; what these say later; files that are named by their address."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, func, select

from intake_api.channels.open311 import media
from intake_api.channels.open311.media import MOST_ATTEMPTS, Fetching
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from shared.outgoing import Answered, NotPublic, Unanswered
from shared.schema import EventRow, Evidence, MediaLink, Message
from tests.factories import NOON, bearer
from tests.intake_api.channels.open311.forms import (
    CLIENT_ID,
    REQUESTS,
    a_form,
    a_key,
    as_submitted,
    errors_of,
    report_of,
)
from tests.intake_api.helpers import Clock, assigned, moved, submitted

UPDATES = "/open311/v2/servicerequestupdates"
PDF = b"%PDF-1.7\n%uji\n"


async def test_an_answer_and_the_end_of_a_report_are_told_once_in_their_minute_and_masked(
    client: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    report = as_submitted(await report_of(committed, await client.post(f"{REQUESTS}.json", data=a_form(api_key))))
    at = datetime(2033, 5, 1, 4, 0, 31, tzinfo=UTC)
    await assigned(committed, report)
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED, at=at, said="Sudah ditambal.")
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED, at=at + timedelta(minutes=5))

    async def told(start: str, end: str) -> list[dict[str, Any]]:
        span = {"start_date": f"2033-05-01T{start}Z", "end_date": f"2033-05-01T{end}Z"}
        found: list[dict[str, Any]] = (await client.get(f"{UPDATES}.json", params=span)).json()
        return [one for one in found if one["service_request_id"] == report.number]

    answered, closed = await told("04:00:00", "05:00:00")
    assert (answered["description"], answered["status"]) == ("Sudah ditambal.", "open")
    assert (answered["updated_datetime"], closed["status"]) == ("2033-05-01T04:01:00Z", "closed")
    assert await told("04:00:00", "05:00:00") == [answered, closed], "the same id again"
    assert await told("04:01:00", "04:01:00") == [answered]
    assert await told("04:01:01", "04:05:59") == []
    assert await told("03:00:00", "04:00:59") == []


async def test_an_answer_waits_until_it_is_masked(
    client: httpx.AsyncClient, api_key: str, committed: Sessions, now: Clock
) -> None:
    report = as_submitted(await report_of(committed, await client.post(f"{REQUESTS}.json", data=a_form(api_key))))
    await assigned(committed, report)
    await moved(committed, report, EventType.REPORT_ANSWERED, Status.ANSWERED, said="Pak Budi sudah datang.")
    async with committed.begin() as session:
        message = (await session.scalars(select(Message).where(Message.report_id == report.id))).one()
        message.public_body = None
    now.now = NOON + timedelta(hours=1)

    found = (await client.get(f"{UPDATES}.json", params={"service_request_id": report.number})).json()

    assert "Pak Budi" not in str(found)
    assert [one["status"] for one in found] == ["open"], "that it was passed on"


async def test_what_the_system_that_brought_a_report_says_later_is_a_reply_and_taken_once(
    client: httpx.AsyncClient, other: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    report = await report_of(committed, await client.post(f"{REQUESTS}.json", data=a_form(api_key)))
    form = {
        "api_key": api_key, "service_request_id": report.tracking_number, "description": "Makin lebar.",
        "update_id": uuid4().hex, "status": "OPEN", "updated_datetime": "2026-03-02T04:00:00Z",
    }  # fmt: skip

    first = await client.post(f"{UPDATES}.json", data=form)
    again = await other.post(f"{UPDATES}.json", data=form)
    fixed = await client.post(f"{UPDATES}.json", data=form | {"description": "", "status": "FIXED", "update_id": "2"})

    assert [one.status_code for one in (first, again, fixed)] == [200, 200, 200], first.text + fixed.text
    assert first.json() == again.json() != fixed.json()
    async with committed() as session:
        said = (await session.scalars(select(Message).where(Message.report_id == report.id))).all()
        event = (
            await session.scalars(
                select(EventRow).where(EventRow.report_id == report.id, EventRow.type == "reporter.replied")
            )
        ).first()
    assert sorted((one.kind, one.body) for one in said) == [("reply", "Makin lebar."), ("reply", "Status: FIXED")]
    assert event is not None
    assert (event.actor, event.data["by"], event.data["client"]) == (
        f"reporter:{CLIENT_ID}", "submitter", f"channel:{CLIENT_ID}",
    )  # fmt: skip


async def test_a_client_that_is_registered_by_the_name_of_somebody_else_speaks_for_none_of_their_reporters(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    name = f"officer-{uuid4().hex}"
    report = await submitted(client, headers=bearer(Role.LIAISON_OFFICER, sub=name, agency="SAMARINDA-PU"))
    key = await a_key(committed, name)

    answer = await client.post(
        f"{UPDATES}.json", data={"api_key": key, "service_request_id": report.number, "description": "Sudah beres."}
    )

    assert answer.status_code == 404, answer.text


async def test_another_client_can_say_nothing_of_it_and_learns_not_that_it_is_there(
    client: httpx.AsyncClient, api_key: str, committed: Sessions
) -> None:
    report = await report_of(committed, await client.post(f"{REQUESTS}.json", data=a_form(api_key)))
    stranger = await a_key(committed, f"city-{uuid4().hex}")

    answers = [
        await client.post(f"{UPDATES}.xml", data={"api_key": stranger, "service_request_id": n, "description": "Hai"})
        for n in (report.tracking_number, "1000000013")
    ]

    assert [one.status_code for one in answers] == [404, 404]
    said = [
        errors_of(one)[0][1].replace(n, "")
        for one, n in zip(answers, (report.tracking_number, "1000000013"), strict=True)
    ]
    assert said[0] == said[1]
    nothing = await client.post(
        f"{UPDATES}.xml", data={"api_key": api_key, "service_request_id": report.tracking_number}
    )
    assert errors_of(nothing) == [(400, "description: Fill this in.")]
    assert (await client.post(f"{UPDATES}.xml", data={"service_request_id": "1"})).status_code == 403


@pytest.fixture
async def no_other_links(committed: Sessions) -> None:
    """What other tests named would be fetched first."""
    async with committed.begin() as session:
        await session.execute(delete(MediaLink))


class Answering:
    """In the place of the guarded client: what it fetched, and what it says."""

    def __init__(self, *answers: Answered | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def send(self, _method: str, url: str, **_more: Any) -> Answered:
        self.asked.append(url)
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def there(body: bytes, status: int = 200, *, is_whole: bool = True) -> Answered:
    return Answered(status, {}, body, is_whole)


async def a_link(client: httpx.AsyncClient, api_key: str, sessions: Sessions, *urls: str) -> UUID:
    form = {**a_form(api_key), "media_url": list(urls)}
    report = await report_of(sessions, await client.post(f"{REQUESTS}.json", data=form))
    return report.id


async def links_of(sessions: Sessions, report: UUID) -> list[MediaLink]:
    async with sessions() as session:
        return list((await session.scalars(select(MediaLink).where(MediaLink.report_id == report))).all())


def fetching(app: FastAPI, outgoing: Any) -> Fetching:
    known: Fetching = app.state.fetching
    return Fetching(known.sessions, known.uploads, outgoing, known.keys, known.most_files)


@pytest.mark.usefixtures("no_other_links")
async def test_a_file_that_a_report_names_is_fetched_after_it_and_becomes_its_evidence(
    client: httpx.AsyncClient, api_key: str, app: FastAPI, committed: Sessions
) -> None:
    report = await a_link(client, api_key, committed, "https://city.example/a.pdf", "https://city.example/a.pdf")
    [link] = await links_of(committed, report)
    outgoing = Answering(there(PDF + report.bytes))

    assert await fetching(app, outgoing).turn(now=NOON)

    assert (outgoing.asked, await links_of(committed, report)) == ([link.url], [])
    async with committed() as session:
        [evidence] = (await session.scalars(select(Evidence).where(Evidence.report_id == report))).all()
    assert (evidence.media_type, evidence.added_by) == ("application/pdf", f"reporter:{CLIENT_ID}")
    assert not await fetching(app, outgoing).turn(now=NOON)


@pytest.mark.parametrize(
    "answer",
    [
        NotPublic("Loopback"), there(b"<html>Not found", 404), there(b"", 302), there(PDF, is_whole=False),
        there(b"<html>no file"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_other_links")
async def test_what_cannot_be_had_is_given_up_and_the_report_stands(
    client: httpx.AsyncClient, api_key: str, app: FastAPI, committed: Sessions, answer: Answered | Exception
) -> None:
    report = await a_link(client, api_key, committed, "https://city.example/b.pdf")

    assert await fetching(app, Answering(answer)).turn(now=NOON)

    assert await links_of(committed, report) == []
    async with committed() as session:
        assert await session.scalar(select(func.count()).select_from(Evidence).where(Evidence.report_id == report)) == 0


@pytest.mark.usefixtures("no_other_links")
async def test_what_is_away_is_tried_again_later_and_not_for_ever(
    client: httpx.AsyncClient, api_key: str, app: FastAPI, committed: Sessions
) -> None:
    report = await a_link(client, api_key, committed, "https://city.example/c.pdf")
    now, tries = NOON, 0
    while links := await links_of(committed, report):
        now = max(now, links[0].due_at)
        assert await fetching(app, Answering(Unanswered("late") if tries % 2 else there(b"", 503))).turn(now=now)
        tries += 1

    assert tries == MOST_ATTEMPTS


def test_of_many_addresses_a_few_are_kept() -> None:
    many = "\n".join(f"https://city.example/{n}" for n in range(9)) + "\nhttps://" + "x" * 3_000

    assert len(media.links_in({"media_url": many})) == media.MOST_LINKS
