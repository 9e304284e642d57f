from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from shared import ids
from shared.clients import Role
from shared.database import Sessions
from shared.domain.codes import Channel
from shared.domain.lifecycle import Level, Status
from shared.domain.regions import WITA
from shared.log import digests, events
from shared.log.payloads import fold, placed
from shared.schema import Chain, OutboxRow, Reporter
from tests.factories import NOON, bearer
from tests.intake_api.helpers import (
    ADMIN,
    APP,
    CHANNEL,
    IDENTITIES,
    Clock,
    a_submission,
    code_of,
    counts,
    stored,
    submitted,
)


async def test_a_submission_answers_with_a_receipt_and_where_the_report_is(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/reports", json=a_submission(), headers=APP)

    assert answer.status_code == 201
    receipt = answer.json()
    assert set(receipt) == {"id", "tracking_number", "access_code", "status", "received_at"}
    assert answer.headers["location"] == f"/v1/reports/{receipt['tracking_number']}"
    assert ids.is_tracking_number(receipt["tracking_number"])
    assert len(receipt["access_code"]) == 32
    assert (receipt["status"], receipt["received_at"]) == ("received", "2026-03-02T04:00:00Z")


async def test_a_submission_stores_the_report_its_event_its_chain_and_its_outbox_rows(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    contact = {
        "name": "Siti",
        "phone": "+62 812-3456-789",
        "email": "siti@example.id",
        "national_id": "6472014107900001",
    }

    report = await submitted(
        client, occurred_on="2026-03-02", agency="SAMARINDA-PU", anonymous=True, secret=True, reporter=contact,
        location={"latitude": -0.5, "longitude": 117.15, "region_code": "64.72"}, external_reference=uuid4().hex,
    )  # fmt: skip

    row = await stored(committed, report)
    assert (row.title, row.channel, row.client_id, row.status) == ("Jalan berlubang", "app", "mobile-app", "received")
    assert (row.latitude, row.longitude, row.region_code) == (-0.5, 117.15, "64.72")
    assert (row.anonymous, row.secret, row.imported, row.entered_by) == (True, True, False, None)
    assert (row.holder_level, row.holder_agency_code, row.published_at) == (Level.NATIONAL, None, None)
    assert row.access_code_hash == ids.access_code_hash(report.code)
    assert row.received_at == row.recorded_at == NOON
    async with committed() as session:
        reporter = (await session.scalars(select(Reporter).where(Reporter.id == row.reporter_id))).one()
        assert IDENTITIES.open(reporter)._asdict() == contact
        assert (reporter.name, reporter.phone, reporter.email, reporter.national_id) == (None, None, None, None)
        (event,) = await events.history(session, report.id)
        columns = {**vars(row), **vars(reporter)}
        assert event.data == {
            "classification": "complaint",
            "category": "roads.damage",
            "anonymous": True,
            "secret": True,
            "channel": "app",
            "status": "received",
            "holder": {"level": "national", "agency": None},
            "region": "64.72",
            "province": "64",
            "regency": "64.72",
            "time_zone": WITA,
            "imported": False,
            "digest": ids.salted_digest(row.salt, row.title, row.body),
            "digests": digests.of_report(columns),
        }
        assert (event.seq, event.actor, event.occurred_at) == (1, "reporter_app:mobile-app", NOON)
        chain = (await session.scalars(select(Chain).where(Chain.report_id == report.id))).one()
        again = await session.scalar(
            text(
                "SELECT event_hash(previous_hash, id, report_id, seq, type, occurred_at, recorded_at, actor, "
                "data::text) FROM events WHERE id = :id AND previous_hash = :genesis"
            ),
            {"id": event.id, "genesis": events.GENESIS},
        )
        assert (chain.seq, chain.fact_seq, chain.hash) == (1, 1, again)
        followers = await session.scalars(select(OutboxRow.follower).where(OutboxRow.event_id == event.id))
        assert sorted(followers) == ["routing_service", "sla_monitor"]


async def test_a_citizen_picks_a_subject(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, subject="waste")

    assert (await stored(committed, report)).subject_code == "waste"
    async with committed() as session:
        (event,) = await events.history(session, report.id)
    assert event.data["subject"] == "waste"
    answer = await client.post("/v1/reports", json=a_submission(subject="sampah"), headers=APP)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/subject")
    assert "GET /v1/codes" in answer.json()["errors"][0]["message"]


async def test_words_are_trimmed(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, title="  Jalan  ")

    assert (await stored(committed, report)).title == "Jalan"


@pytest.mark.parametrize(
    ("headers", "holder"),
    [
        (APP, (Level.NATIONAL, None)),
        (ADMIN, (Level.NATIONAL, None)),
        (CHANNEL, (Level.COORDINATOR, "SAMARINDA")),
        (bearer(Role.COORDINATOR, agency="KALTIM"), (Level.COORDINATOR, "KALTIM")),
        (bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-DINKES"), (Level.COORDINATOR, "SAMARINDA")),
        (bearer(Role.AGENCY_HEAD, agency="BALIKPAPAN-PU"), (Level.COORDINATOR, "BALIKPAPAN")),
    ],
)
async def test_a_report_starts_with_the_coordinator_of_the_instansi_that_brought_it(
    client: httpx.AsyncClient, committed: Sessions, headers: dict[str, str], holder: tuple[Level, str | None]
) -> None:
    report = await submitted(client, headers)

    row = await stored(committed, report)
    assert (row.holder_level, row.holder_agency_code) == holder
    async with committed() as session:
        (event,) = await events.history(session, report.id)
    assert event.data["holder"] == {"level": holder[0], "agency": holder[1]}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        *(
            (bearer(role, agency="SAMARINDA" if role in ("coordinator", "liaison_officer", "agency_head") else None), s)
            for role, s in {
                Role.REPORTER_APP: 201,
                Role.CHANNEL: 403,
                Role.NATIONAL_ADMIN: 201,
                Role.COORDINATOR: 201,
                Role.LIAISON_OFFICER: 201,
                Role.AGENCY_HEAD: 201,
                Role.SUPERVISOR: 403,
                Role.IDENTITY_CUSTODIAN: 403,
                Role.OPERATOR: 403,
                Role.SERVICE: 403,
            }.items()
        ),
        (bearer(Role.CHANNEL, scopes=("reports:submit",)), 201),
        (bearer(Role.CHANNEL, scopes=("reports:work",)), 403),
        (bearer(Role.COORDINATOR, agency="NOWHERE"), 403),
        ({}, 401),
        ({"Authorization": "Bearer foreign"}, 401),
        ({"Authorization": "Basic abc"}, 401),
    ],
)
async def test_who_may_submit(client: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await client.post("/v1/reports", json=a_submission(), headers=headers)

    assert answer.status_code == status
    if status != 201:
        code_of(answer)


GATEWAY = bearer(Role.CHANNEL, sub="gateway", scopes=("reports:submit",))


@pytest.mark.parametrize(
    ("headers", "named", "channel"),
    [
        (APP, None, "app"),
        (APP, "qr", "qr"),
        (APP, "sms", None),
        (GATEWAY, None, "sms"),
        (GATEWAY, "whatsapp", "whatsapp"),
        (GATEWAY, "agency", None),
        (bearer(Role.REPORTER_APP, sub="unregistered"), None, "app"),
        (bearer(Role.REPORTER_APP, sub="unregistered"), "web", None),
        (CHANNEL, None, "agency"),
        (CHANNEL, "sms", None),
        (ADMIN, None, "counter"),
        (ADMIN, "letter", "letter"),
        *((ADMIN, one.value, one.value) for one in Channel),  # whatever somebody came by, an officer types it in
    ],
)
async def test_a_client_names_only_its_own_channels(
    client: httpx.AsyncClient, committed: Sessions, headers: dict[str, str], named: str | None, channel: str | None
) -> None:
    if channel is None:
        answer = await client.post("/v1/reports", json=a_submission(channel=named), headers=headers)
        assert code_of(answer) == (422, "foreign_channel")
    else:
        report = await submitted(client, headers, channel=named)
        assert (await stored(committed, report)).channel == channel


async def test_an_officer_is_noted_as_the_one_who_entered_it(client: httpx.AsyncClient, committed: Sessions) -> None:
    by_itself = await submitted(client, ADMIN)
    by_another = await submitted(client, CHANNEL, entered_by="Petugas loket 3")
    by_nobody = await submitted(client, CHANNEL)

    entered_by = [(await stored(committed, report)).entered_by for report in (by_itself, by_another, by_nobody)]
    assert entered_by == ["admin-1", "Petugas loket 3", None]


async def test_late_entry_counts_from_when_the_paper_came_in(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, ADMIN, received_at="2026-02-24T10:00:00+08:00")

    row = await stored(committed, report)
    assert (row.received_at, row.recorded_at) == (datetime(2026, 2, 24, 2, tzinfo=UTC), NOON)
    async with committed() as session:
        (event,) = await events.history(session, report.id)
    assert (event.occurred_at, event.recorded_at) == (row.received_at, NOON)


@pytest.mark.parametrize(
    ("received_at", "expected"),
    [
        (NOON + timedelta(minutes=2), None),
        (NOON + timedelta(minutes=2, microseconds=1), "received_in_future"),
        (datetime(2010, 1, 1, tzinfo=UTC), None),
        (datetime(2009, 12, 31, 23, 59, 59, tzinfo=UTC), "too_early"),
    ],
)
async def test_when_a_report_may_have_been_received(
    client: httpx.AsyncClient, received_at: datetime, expected: str | None
) -> None:
    body = a_submission(received_at=received_at.isoformat())

    answer = await client.post("/v1/reports", json=body, headers=ADMIN)

    if expected is None:
        assert answer.status_code == 201
        assert datetime.fromisoformat(answer.json()["received_at"]) == received_at
    else:
        assert code_of(answer) == (422, expected)


@pytest.mark.parametrize(
    ("region", "at", "day", "accepted"),
    [
        ("64.72", NOON, "2026-03-02", True),
        ("64.72", NOON, "2026-03-03", False),
        # 16:00 UTC is midnight in Samarinda (UTC+8), while it is still the second in Surabaya (UTC+7).
        ("64.72", datetime(2026, 3, 2, 16, tzinfo=UTC), "2026-03-03", True),
        ("64.72", datetime(2026, 3, 2, 15, 59, tzinfo=UTC), "2026-03-03", False),
        ("35.78", datetime(2026, 3, 2, 16, tzinfo=UTC), "2026-03-03", False),
        ("35.78", datetime(2026, 3, 2, 17, tzinfo=UTC), "2026-03-03", True),
        (None, datetime(2026, 3, 2, 15, tzinfo=UTC), "2026-03-03", True),
        (None, datetime(2026, 3, 2, 14, 59, tzinfo=UTC), "2026-03-03", False),
    ],
)
async def test_what_is_reported_has_happened_already_where_it_happened(
    client: httpx.AsyncClient, now: Clock, region: str | None, at: datetime, day: str, accepted: bool
) -> None:
    now.now = at
    location = {"region_code": region} if region else None

    answer = await client.post("/v1/reports", json=a_submission(occurred_on=day, location=location), headers=APP)

    assert answer.status_code == 201 if accepted else code_of(answer) == (422, "occurred_in_future")


async def test_a_client_that_imports_history_marks_its_reports(client: httpx.AsyncClient, committed: Sessions) -> None:
    importer = bearer(Role.CHANNEL, sub="historical", scopes=("reports:submit", "reports:import"))

    report = await submitted(client, importer, received_at="2022-05-01T00:00:00Z")

    assert (await stored(committed, report)).imported is True
    async with committed() as session:
        (event,) = await events.history(session, report.id)
    assert event.data["imported"] is True


async def test_an_external_reference_is_used_once_by_a_client(client: httpx.AsyncClient, committed: Sessions) -> None:
    reference = uuid4().hex
    await submitted(client, external_reference=reference)
    before = await counts(committed)

    again = await client.post("/v1/reports", json=a_submission(external_reference=reference), headers=APP)
    by_another = await client.post("/v1/reports", json=a_submission(external_reference=reference), headers=GATEWAY)

    assert code_of(again) == (409, "duplicate_external_reference")
    assert by_another.status_code == 201
    assert (await counts(committed))["reports"] == before["reports"] + 1


async def test_a_tracking_number_that_is_taken_is_replaced(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await submitted(client)
    fresh = ids.new_tracking_number()
    numbers = iter([first.number, first.number, fresh])
    monkeypatch.setattr(ids, "new_tracking_number", lambda: next(numbers))

    second = await submitted(client)

    assert second.number == fresh


async def test_the_relays_are_woken_after_a_submission(app: FastAPI, client: httpx.AsyncClient) -> None:
    woken, before = [], app.state.wake
    app.state.wake = lambda: woken.append(True)

    await submitted(client)

    app.state.wake = before
    assert woken == [True]


async def test_two_reports_get_different_numbers_and_codes(client: httpx.AsyncClient) -> None:
    one, another = await submitted(client), await submitted(client)

    assert one.id != another.id
    assert one.number != another.number
    assert one.code != another.code


async def test_the_status_of_a_new_report_follows_from_its_event(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, CHANNEL)

    row = await stored(committed, report)
    async with committed() as session:
        history = await events.history(session, report.id)
    status, holder = fold(placed(event.data) for event in history)
    assert status is Status.RECEIVED
    assert (holder.level, holder.agency) == (row.holder_level, row.holder_agency_code)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"phone": "+62\u00a0812\u20113456\u2011789"}, "+62 812-3456-789"),
        ({"phone": "\u202a+62 812\u20133456\u2212789\u202c"}, "+62 812-3456-789"),
        ({"phone": "\uff10\uff18\uff11\uff12 3456 7890"}, "0812 3456 7890"),
        ({"phone": "0812\u200b3456\u00ad7890"}, "081234567890"),
        ({"national_id": "6472\u00a00141\u20110790 0001"}, "6472014107900001"),
        ({"email": "siti\u200b@example.id\u00a0"}, "siti@example.id"),
    ],
)
async def test_a_contact_is_taken_as_programs_paste_it(
    client: httpx.AsyncClient, committed: Sessions, given: dict[str, str], kept: str
) -> None:
    row = await stored(committed, await submitted(client, reporter=given))

    async with committed() as session:
        reporter = (await session.scalars(select(Reporter).where(Reporter.id == row.reporter_id))).one()
    assert getattr(IDENTITIES.open(reporter), *given) == kept


async def test_a_title_is_stored_composed(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client, title="Kafe\u0301 Be\u0301jo", body="Ra\u0301me")

    row = await stored(committed, report)

    assert (row.title, row.body) == ("Kaf\u00e9 B\u00e9jo", "R\u00e1me")
