"""Categories and agencies that are not in service yet, or no more."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select, text, update

from shared.clients import Role
from shared.database import Sessions
from shared.domain.regions import WITA
from shared.schema import Agency, Category, Report
from tests.factories import NOON, bearer
from tests.intake_api.helpers import ADMIN, APP, Clock, a_submission, code_of, submitted

#: 2 March in Jakarta is from 17:00 UTC of the day before to 17:00.
FIRST, LAST = datetime(2026, 3, 1, 17, tzinfo=UTC), datetime(2026, 3, 2, 16, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def for_a_day(committed: Sessions, app: FastAPI) -> AsyncIterator[None]:
    """One of each that is in service on the second of March alone, and one that an operator has switched off."""
    day = {"valid_from": NOON.date(), "valid_until": NOON.date()}
    label = {"label_id": "Sehari", "label_en": "A day"}
    office = {"name": "Dinas", "kind": "dinas", "level": "agency", "time_zone": WITA}
    never = {"valid_from": None, "valid_until": None, "active": False}
    async with committed.begin() as session:
        await session.execute(
            insert(Category), [{"code": "a-day", **label, **day, "active": True}, {"code": "off", **label, **never}]
        )
        await session.execute(
            insert(Agency), [{"code": "A-DAY", **office, **day, "active": True}, {"code": "OFF", **office, **never}]
        )
    app.state.submissions._registry._categories = 0.0, {}
    yield
    async with committed.begin() as session:
        await session.execute(text("UPDATE reports SET category_code = NULL WHERE category_code = 'a-day'"))
        national = {"holder_level": "national", "holder_agency_code": None}
        await session.execute(update(Report).where(Report.holder_agency_code == "A-DAY").values(national))
        await session.execute(text("DELETE FROM categories WHERE code IN ('a-day', 'off')"))
        await session.execute(text("DELETE FROM agencies WHERE code IN ('A-DAY', 'OFF')"))


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [(FIRST.replace(hour=16, minute=59), False), (FIRST, True), (LAST, True), (LAST.replace(hour=17, minute=0), False)],
)
async def test_a_category_takes_reports_of_the_days_on_which_it_is_in_service(
    client: httpx.AsyncClient, now: Clock, moment: datetime, accepted: bool
) -> None:
    now.now = moment

    answer = await client.post("/v1/reports", json=a_submission(category="a-day"), headers=APP)
    listed = [one["code"] for one in (await client.get("/v1/categories")).json()["items"]]

    assert answer.status_code == (201 if accepted else 422), answer.text
    assert ("a-day" in listed) is accepted
    if not accepted:
        assert code_of(answer) == (422, "inactive_category")
        assert answer.json()["errors"][0]["pointer"] == "/category"


async def test_a_late_entry_is_put_under_a_category_of_its_own_day(client: httpx.AsyncClient, now: Clock) -> None:
    now.now = NOON.replace(month=6)

    await submitted(client, ADMIN, category="a-day", received_at=NOON.isoformat())
    today = await client.post("/v1/reports", json=a_submission(category="a-day"), headers=ADMIN)

    assert code_of(today) == (422, "inactive_category")


async def test_a_category_that_was_switched_off_takes_no_reports(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/reports", json=a_submission(category="off"), headers=APP)

    assert code_of(answer) == (422, "inactive_category")


async def test_a_category_that_this_process_has_not_heard_of_is_for_the_database_to_judge(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    await submitted(client)  # it remembers the categories from here on
    async with committed.begin() as session:
        await session.execute(insert(Category).values(code="quite-new", label_id="Baru", label_en="New", active=False))

    accepted = await client.post("/v1/reports", json=a_submission(category="quite-new"), headers=APP)
    refused = await client.post("/v1/reports", json=a_submission(category="nothing"), headers=APP)

    assert accepted.status_code == 201
    assert code_of(refused) == (422, "unknown_category")


@pytest.mark.parametrize(
    ("moment", "holder"),
    [
        (datetime(2026, 3, 1, 15, 59, tzinfo=UTC), ("national", None)),
        (datetime(2026, 3, 1, 16, 0, tzinfo=UTC), ("coordinator", "A-DAY")),
        (datetime(2026, 3, 2, 15, 59, tzinfo=UTC), ("coordinator", "A-DAY")),
        (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), ("national", None)),
    ],
)
async def test_what_the_channel_of_an_instansi_brings_is_verified_there_while_it_is_in_service(
    client: httpx.AsyncClient, committed: Sessions, now: Clock, moment: datetime, holder: tuple[str, str | None]
) -> None:
    now.now = moment
    channel = bearer(Role.CHANNEL, sub="day-channel", agency="A-DAY", scopes=("reports:submit",))

    brought = await submitted(client, channel)

    async with committed() as session:
        found = select(Report.holder_level, Report.holder_agency_code).where(Report.id == brought.id)
        assert tuple((await session.execute(found)).one()) == holder


@pytest.mark.parametrize(
    ("moment", "listed"), [(NOON, True), (NOON.replace(day=3), False), (NOON.replace(day=1), False)]
)
async def test_agencies_are_listed_while_they_are_in_service(
    client: httpx.AsyncClient, now: Clock, moment: datetime, listed: bool
) -> None:
    now.now = moment

    codes = [one["code"] for one in (await client.get("/v1/agencies")).json()["items"]]

    assert ("A-DAY" in codes, "OFF" in codes) == (listed, False)
