"""A person is erased in all three services: nothing that they said is left, and every chain still holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import URL, select, text

from intake_api import app as intake
from routing_service import app as routing
from services import audit
from services.audit.walk import verify_on
from shared.clients import Role
from shared.database import create_sessions
from shared.log.events import EventType
from shared.schema import Report
from shared.settings import IntakeSettings, MonitorSettings, RoutingSettings
from sla_monitor import app as monitor
from tests.conftest import clone, drop
from tests.factories import DAY, NOON, bearer, settings
from tests.intake_api.helpers import APP, code_of
from tests.logins import as_service
from tests.routing_service.driving import Clock, Office, cloud_event
from tests.services.demo.lives import CONTACT, Lives, lived

CUSTODIAN = bearer(Role.IDENTITY_CUSTODIAN, sub="custodian-1")
#: What citizens and officers wrote in the report that is erased, and what was made of it.
WORDS = [
    *CONTACT.values(), "Lubang besar", "Belum ditambal sama sekali", "Sudah ditambal", "Pasar Pagi", "lubang", "pasar",
]  # fmt: skip


@asynccontextmanager
async def living(server: URL, template: URL) -> AsyncIterator[tuple[Lives, URL]]:
    url = await clone(server, template)
    async with lived(url) as found:
        yield found, url
    await drop(server, url)


@pytest.fixture
async def lives(server: URL, template: URL) -> AsyncIterator[tuple[Lives, URL]]:
    async with living(server, template) as found:
        yield found


@pytest.fixture(scope="module")
async def erased(server: URL, template: URL) -> AsyncIterator[Lives]:
    """For what is rolled back: whoever answered was erased."""
    async with living(server, template) as (lived_through, url):
        await erase(lived_through, url)
        yield lived_through


@asynccontextmanager
async def serving(create: Any, url: URL, kind: Any, name: str) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    """Under the login of the service, so that its grants are tried as well."""
    app = create(settings(as_service(url, name), kind))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}") as http:
        yield app, http
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


async def erase(lives: Lives, url: URL) -> None:
    """Whose report was answered, once it is withdrawn."""
    sessions = create_sessions(lives.engine)
    async with sessions() as session:
        number = await session.scalar(select(Report.tracking_number).where(Report.id == lives.answered))
    path = f"/v1/reports/{number}"
    async with (
        serving(intake.create_app, url, IntakeSettings, "intake_api") as (_, reporting),
        serving(routing.create_app, url, RoutingSettings, "routing_service") as (working, acting),
    ):
        office = Office(sessions, working, acting, Clock(NOON + 20 * DAY), {})
        await reporting.post(f"{path}/withdrawal", headers=APP | {"X-Reporter-Reference": "account-77"})
        await office.deliver(await office.last(lives.answered))
        done = await reporting.post(f"{path}/erasure", json={"cause": "order"}, headers=CUSTODIAN)
        assert done.status_code == 200, done.text


async def everything(lives: Lives) -> str:
    """All rows of all tables that belong to the report, as text."""
    found: list[str] = []
    async with lives.engine.connect() as connection:
        for table, key in {
            "reports": "id", "messages": "report_id", "public_texts": "report_id", "report_words": "report_id",
            "routing_decisions": "report_id", "idempotency_keys": "report_id", "events": "report_id",
        }.items():  # fmt: skip
            rows = await connection.scalars(
                text(f"SELECT t::text FROM {table} t WHERE {key} = :id"), {"id": lives.answered}
            )
            found += rows.all()
        found += (await connection.scalars(text("SELECT r::text FROM reporters r"))).all()
    return "\n".join(found)


async def test_nothing_that_was_said_is_left_and_every_chain_holds(lives: tuple[Lives, URL]) -> None:
    lived_through, url = lives
    report = lived_through.answered
    sessions = create_sessions(lived_through.engine)
    before = (await audit.verify(lived_through.engine)).breaks
    async with (
        serving(intake.create_app, url, IntakeSettings, "intake_api") as (_, reporting),
        serving(routing.create_app, url, RoutingSettings, "routing_service") as (working, acting),
        serving(monitor.create_app, url, MonitorSettings, "sla_monitor") as (_, watching),
    ):
        office = Office(sessions, working, acting, Clock(NOON + 20 * DAY), {})
        async with sessions() as session:
            number = await session.scalar(select(Report.tracking_number).where(Report.id == report))
        path = f"/v1/reports/{number}"
        too_early = await reporting.post(f"{path}/erasure", json={"cause": "request"}, headers=CUSTODIAN)
        withdrawn = await reporting.post(f"{path}/withdrawal", headers=APP | {"X-Reporter-Reference": "account-77"})
        assert withdrawn.status_code == 200, withdrawn.text
        await office.deliver(await office.last(report))

        done = await reporting.post(f"{path}/erasure", json={"cause": "request"}, headers=CUSTODIAN)

        assert code_of(too_early) == (409, "report_is_open")
        assert done.status_code == 200, done.text
        assert (await audit.verify(lived_through.engine)).breaks == before == []
        erased = await office.last(report)
        assert erased.type is EventType.PERSON_ERASED
        for _ in range(2):  # delivered twice
            await office.deliver(erased)
            answer = await watching.post(
                "/internal/events", json=[cloud_event(erased)], headers=bearer(Role.SERVICE, sub="intake_api")
            )
            assert answer.json()["results"][0]["outcome"] == "done"
        again = await reporting.post(f"{path}/erasure", json={"cause": "order"}, headers=CUSTODIAN)
        assert again.json() == done.json()

        left = await everything(lived_through)
        assert [word for word in WORDS if word in left] == []
        assert (await audit.verify(lived_through.engine)).breaks == []
        explained = await acting.get(f"/v1/reports/{report}/routing", headers=bearer(Role.NATIONAL_ADMIN))
        assert explained.status_code == 200, explained.text
        seen = await acting.get(f"/v1/reports/{report}", headers=bearer(Role.NATIONAL_ADMIN))
        assert seen.json()["body"] == "[dihapus]"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE reports SET body = 'Kembali' WHERE id = :id", "its words were erased"),
        ("UPDATE reports SET location_text = 'Rumah' WHERE id = :id", "something of it is there"),
        (
            "UPDATE messages SET body = 'Lain' WHERE report_id = :id AND kind = 'reply'",
            "the words of its message, or their salt",
        ),
        ("UPDATE reports SET access_code_hash = sha256('x') WHERE id = :id", "the access code"),
    ],
)
async def test_what_comes_back_after_an_erasure_is_found(erased: Lives, change: str, what: str) -> None:
    async with erased.engine.connect() as connection:
        transaction = await connection.begin()
        changed = await connection.execute(text(change), {"id": erased.answered})

        (found,) = (await verify_on(connection)).breaks

        await transaction.rollback()
    assert changed.rowcount == 1
    assert what in found.what
