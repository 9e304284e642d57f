"""Models in the database: which reports teach, which model is in force, and who may change that."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.learning import training
from routing_service.competence.learning.model import Model
from routing_service.competence.models import queries, service
from routing_service.competence.models.service import CannotTrain
from routing_service.competence.place.locate import Locator
from shared.clients import Client, Role
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.errors import Conflict
from shared.log.events import EventType
from tests.factories import NOON, a_report
from tests.routing_service.competence.learning_corpora import METRICS, TRAINED_ON, directory, examples, trained
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, OPERATOR, SUPERVISOR, Json, Office

LAST = date(2026, 2, 1)
CLIENT = Client("op-1", Role.OPERATOR)


async def a_model(session: AsyncSession, **changes: Any) -> int:
    values = {
        "blob": Model(trained().classifier, trained().threshold).dump(),
        "metrics": METRICS,
        "trained_on": TRAINED_ON,
        "trained_by": "operator:op-1",
        "trained_at": NOON,
    }
    return await queries.add_model(session, **values | changes)


async def _mask_all(session: AsyncSession) -> None:
    """As if the masking had found nobody in them."""
    await session.execute(
        text(
            "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)"
            " SELECT id, title, body, '[]', 1, now(), 'x' FROM reports"
            " ON CONFLICT (report_id) DO UPDATE SET body = excluded.body"
        )
    )


async def taught(session: AsyncSession, **window: Any) -> dict[str, tuple[str, bool]]:
    await _mask_all(session)
    found = await queries.dispositions(session, **{"since": None, "until": None, "limit": 1_000} | window)
    return {one.inquiry.body: (one.agency, one.returned) for one in found}


@pytest.mark.parametrize(
    ("status", "teaches"),
    [
        (status, status in {Status.IN_PROGRESS, Status.ANSWERED, Status.CLOSED, Status.AWAITING_REPORTER})
        for status in Status
    ],
)
async def test_only_what_an_agency_has_made_its_own_teaches(
    session: AsyncSession, office: Office, status: Status, teaches: bool
) -> None:
    await office.execute("UPDATE reports SET body = id::text")
    if status is Status.AWAITING_REPORTER:
        await office.execute("UPDATE reports SET held_from = 'in_progress' WHERE status = 'awaiting_reporter'")

    assert (str(office.reports[status]) in await taught(session)) is teaches


async def test_who_returned_a_report_is_never_its_label(session: AsyncSession, office: Office) -> None:
    report = await office.made(Status.ASSIGNED, body="pernah dikembalikan")
    await office.record(report, EventType.REPORT_RETURNED, previous_agency="SAMARINDA-PU")
    answered = "UPDATE reports SET status = 'answered', agency_code = 'SAMARINDA-DINKES' WHERE id = :id"
    await office.execute(answered, id=report)

    assert (await taught(session))["pernah dikembalikan"] == ("SAMARINDA-DINKES", True)
    await office.execute("UPDATE reports SET agency_code = 'SAMARINDA-PU' WHERE id = :id", id=report)
    assert "pernah dikembalikan" not in await taught(session)


async def test_a_model_learns_from_what_everybody_may_read_of_a_report_and_not_before(session: AsyncSession) -> None:
    report = await a_report(
        session, title="Pungutan", body="oleh Sutrisno", status=Status.ANSWERED, agency_code="SAMARINDA-PU"
    )

    before = await queries.dispositions(session, since=None, until=None, limit=10)
    await session.execute(
        text(
            "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)"
            " VALUES (:id, 'Pungutan', 'oleh [nama]', '[]', 1, now(), 'x')"
        ),
        {"id": report},
    )

    after = await queries.dispositions(session, since=None, until=None, limit=10)
    (found,) = [one.inquiry for one in after if one not in before]
    assert (found.title, found.body) == ("Pungutan", "oleh [nama]")


async def test_the_period_and_the_newest_are_taken(session: AsyncSession) -> None:
    for day in range(4):
        await a_report(
            session,
            body=f"hari {day}",
            status=Status.ANSWERED,
            agency_code="SAMARINDA-PU",
            received_at=NOON + timedelta(days=day),
        )

    within = {"since": NOON + timedelta(days=1), "until": NOON + timedelta(days=3)}
    assert list(await taught(session, **within)) == ["hari 1", "hari 2"]
    assert list(await taught(session, **within, limit=1)) == ["hari 2"]


def test_too_few_reports_are_refused_with_a_sentence() -> None:
    with pytest.raises(CannotTrain, match="0 reports have been confirmed by an agency; 200 are needed"):
        service.learn([], directory(), Locator.build(()), wanted=0.95, least=200, since=LAST)


def test_a_model_is_stored_without_any_report(session: AsyncSession) -> None:
    blob = Model(trained().classifier, trained().threshold).dump()

    assert not any(one.reading.text.encode() in blob for one in examples() if len(one.reading.text.split()) > 3)


async def test_activation_and_rollback(session: AsyncSession, office: Office) -> None:
    first, second = await a_model(session), await a_model(session)

    for id in (first, second):
        response = await office.http.post(f"/v1/routing/models/{id}/activation", headers=OPERATOR)
        assert (response.status_code, response.json()["state"]) == (200, "active")
    listed = await office.get("/v1/routing/models", SUPERVISOR)
    assert [(one["id"], one["state"]) for one in listed["items"]] == [(second, "active"), (first, "retired")]
    assert listed["active"] == second == await queries.active_id(session)

    back = await office.http.post("/v1/routing/models/rollback", headers=OPERATOR)
    assert (back.json()["id"], back.json()["state"]) == (first, "active")
    assert (await office.http.post("/v1/routing/models/rollback", headers=OPERATOR)).json()["code"] == "nothing_before"


async def test_what_cannot_be_put_in_force_is_refused(session: AsyncSession, office: Office) -> None:
    good, broken = await a_model(session), await a_model(session, blob=b"nothing")
    await service.activate_model(session, good, CLIENT, now=NOON)

    async def refused(path: str) -> tuple[int, str]:
        response = await office.http.post(f"/v1/routing/models/{path}", headers=OPERATOR)
        return response.status_code, response.json()["code"]

    assert await refused(f"{good}/activation") == (409, "model_active")
    assert await refused(f"{broken}/activation") == (409, "bad_model")
    assert await refused(f"{broken + 1}/activation") == (404, "not_found")
    assert await queries.active_id(session) == good


async def test_without_a_model_there_is_nothing_to_go_back_to(office: Office) -> None:
    response = await office.http.post("/v1/routing/models/rollback", headers=OPERATOR)

    assert (response.status_code, response.json()["code"]) == (409, "no_model")
    assert await office.get("/v1/routing/models", ADMIN) == {"items": [], "active": None, "achieved": None}


@pytest.mark.parametrize("headers", [ADMIN, COORDINATOR, OFFICER, SUPERVISOR])
async def test_only_operators_change_models(session: AsyncSession, office: Office, headers: Json) -> None:
    id = await a_model(session)

    for path in (f"{id}/activation", "rollback"):
        assert (await office.http.post(f"/v1/routing/models/{path}", headers=headers)).status_code == 403


async def test_of_two_activations_at_once_one_model_is_in_force(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        ids = [await a_model(session) for _ in range(4)]

    async def put(id: int) -> None:
        async with sessions.begin() as session:
            await service.activate_model(session, id, CLIENT, now=NOON)

    await asyncio.gather(*(put(id) for id in ids))

    async with sessions() as session:
        states = (await session.execute(text("SELECT state, count(*) FROM routing_models GROUP BY state"))).all()
        assert dict(states) == {"active": 1, "retired": 3}  # type: ignore[arg-type]


async def test_a_model_is_compared_on_reports_that_neither_has_seen(session: AsyncSession) -> None:
    assert await service.compare(session, trained()) is None
    id = await a_model(session)
    await service.activate_model(session, id, CLIENT, now=NOON)

    unseen = await service.compare(session, training.train(examples(), wanted=0.9, since=LAST))

    assert unseen is not None
    assert (unseen.other, unseen.reports) == (id, sum(one.received_on > LAST for one in examples()))
    await _it_has_seen_all(session, id)
    assert await service.compare(session, trained()) == service.Comparison(id, 0, 0, 0)


async def test_a_model_of_another_format_in_force_does_not_hinder_training(session: AsyncSession) -> None:
    id = await a_model(session, blob=b"LAPORMODEL\x01" + bytes(40))
    await queries.put_in_force(session, id, actor=CLIENT.actor, now=NOON)

    assert await service.compare(session, trained()) is None


async def _it_has_seen_all(session: AsyncSession, id: int) -> None:
    await session.execute(
        text(
            """UPDATE routing_models SET trained_on = trained_on || '{"last": "2030-01-01T00:00:00Z"}' WHERE id = :id"""
        ),
        {"id": id},
    )


@pytest.mark.parametrize(
    ("reports", "right", "other", "worse"), [(19, 19, 0, True), (20, 15, 15, False), (20, 14, 15, True)]
)
def test_who_is_worse(reports: int, right: int, other: int, worse: bool) -> None:
    found = service.Comparison(3, reports, right, other)

    assert found.worse is worse
    assert "model 3" in found.sentence


async def test_an_unreadable_model_is_a_conflict_that_says_so(session: AsyncSession) -> None:
    id = await a_model(session, blob=b"LAPORMODEL\x09")

    with pytest.raises(Conflict, match=f"Model {id} cannot be put in force"):
        await service.activate_model(session, id, CLIENT, now=NOON)


async def test_a_model_learns_from_no_secret_report(session: AsyncSession) -> None:
    """Anybody may ask it about any word, by a preview."""
    answered = {"status": Status.ANSWERED, "agency_code": "SAMARINDA-PU"}
    await a_report(session, body="rahasia", secret=True, **answered)
    await a_report(session, body="terbuka", **answered)

    read = await taught(session)

    assert "terbuka" in read
    assert "rahasia" not in read
