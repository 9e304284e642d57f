"""Who keeps calendars and policies works on no report: nothing that they are told depends on what is not public."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.schema import Report
from sla_monitor.recompute import service as recompute
from sla_monitor.simulations import service
from tests.factories import bearer
from tests.sla_monitor.histories import History, end_of, local
from tests.sla_monitor.ruling import OPERATOR, SUPERVISOR, Ruling, a_day
from tests.sla_monitor.stored import a_report

ADMIN = bearer(Role.NATIONAL_ADMIN, sub="pusat-1")
STARTED = "2026-03-02 10:00"
PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}
HIDDEN: list[Mapping[str, Any]] = [
    {"secret": True},
    {"published_at": None},
    {"published_at": None, "anonymous": True},
    {"status": Status.ARCHIVED},
    {"status": Status.WITHDRAWN},
]


async def a_watched_report(rules: Ruling, **columns: Any) -> UUID:
    history = History().received(STARTED).verified(STARTED).assigned(STARTED, "SAMARINDA-PU")
    async with rules.sessions.begin() as session:
        report_id = await a_report(session, history, received_at=history.events[0].occurred_at, **columns)
    await recompute.recompute(rules.sessions, rules.references, [report_id])
    return report_id


async def number_of(rules: Ruling, report: UUID) -> str:
    async with rules.sessions() as session:
        found: str | None = await session.scalar(select(Report.tracking_number).where(Report.id == report))
    assert found is not None
    return found


async def asked(rules: Ruling, path: str, headers: dict[str, str]) -> Any:
    answer = await rules.client.get(path, headers=headers)
    return answer.json() if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_a_preview_for_an_operator_is_the_same_whatever_is_hidden_from_them(
    rules: Ruling, hidden: Mapping[str, Any]
) -> None:
    rules.at(local(STARTED))
    await a_watched_report(rules)
    draft = await rules.draft(add=[a_day("2026-03-05")])
    path = f"/v1/calendars/{draft}/preview"
    before = await rules.post(path, status=200)

    await a_watched_report(rules, **hidden)

    assert await rules.post(path, status=200) == before
    assert before["reports_examined"] == 1
    for headers in (ADMIN, SUPERVISOR):
        assert (await rules.post(path, status=200, headers=headers))["reports_examined"] == 2


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_a_simulation_for_an_operator_is_the_same_whatever_is_hidden_from_them(
    rules: Ruling, hidden: Mapping[str, Any]
) -> None:
    rules.at(end_of("2026-04-30"))
    body = {**PERIOD, "calendar": {"add": [a_day("2026-03-05")]}}
    await a_watched_report(rules)
    found = []
    for headers in (OPERATOR, OPERATOR, ADMIN):
        made = await rules.post("/v1/simulations", body, status=202, headers=headers)
        while await service.work(rules.sessions, rules.references) is not None:
            pass
        found.append(await asked(rules, f"/v1/simulations/{made['id']}", ADMIN))
        if len(found) == 1:
            await a_watched_report(rules, **hidden)

    first, second, whole = found
    kept = ("total", "done", "refused", "result")
    assert [first[name] for name in kept] == [second[name] for name in kept]
    assert (first["total"], whole["total"], whole["published_only"]) == (1, 2, False)
    assert await asked(rules, f"/v1/simulations/{whole['id']}", OPERATOR) == 404
    listed = (await asked(rules, "/v1/simulations", OPERATOR))["items"]
    assert {one["id"] for one in listed} == {first["id"], second["id"]}
    assert len((await asked(rules, "/v1/simulations", SUPERVISOR))["items"]) == 3


async def test_an_operator_cannot_ask_by_a_migration_whether_there_is_a_secret_report(rules: Ruling) -> None:
    rules.at(local(STARTED))
    secret = await a_watched_report(rules, secret=True)
    number = await number_of(rules, secret)
    codes = []
    for reference in (number, str(secret), "0000000000", str(uuid4())):
        for path in ("migration/preview", "migration"):
            body = {"reports": [reference]}
            answer = await rules.client.post(f"/v1/policies/ID-SP4N-2018/{path}", json=body, headers=OPERATOR)
            codes.append((answer.status_code, answer.json()["code"], answer.json()["detail"].replace(reference, "N")))

    assert set(codes) == {(422, "unknown_report", "There is no report N.")}


async def test_how_many_clocks_moved_is_told_to_those_who_work_on_reports(rules: Ruling) -> None:
    rules.at(local(STARTED))
    await a_watched_report(rules, secret=True)
    draft = await rules.draft(add=[a_day("2026-03-05")])
    made = await rules.post(f"/v1/calendars/{draft}/activation", {"replaces": await rules.active()}, status=202)
    await rules.recomputed()
    path = f"/v1/recomputations/{made['recomputation']['id']}"
    names = ("state", "total", "done", "moved", "refused")

    told = {role: await asked(rules, path, headers) for role, headers in
            {"operator": OPERATOR, "admin": ADMIN, "supervisor": SUPERVISOR}.items()}  # fmt: skip
    listed = (await asked(rules, "/v1/recomputations", OPERATOR))["items"]

    assert [told["operator"][name] for name in names] == ["done", None, None, None, None]
    assert [one["moved"] for one in listed] == [None]
    for role in ("admin", "supervisor"):
        assert told[role]["state"] == "done"
        assert (told[role]["total"], told[role]["done"]) == (1, 1)
        assert told[role]["moved"] > 0


async def test_a_report_that_becomes_secret_is_in_no_later_preview(rules: Ruling) -> None:
    rules.at(local(STARTED))
    report = await a_watched_report(rules)
    draft = await rules.draft(add=[a_day("2026-03-05")])
    path = f"/v1/calendars/{draft}/preview"
    before = await rules.post(path, status=200)

    async with rules.sessions.begin() as session:
        await session.execute(update(Report).where(Report.id == report).values(secret=True))
    after = await rules.post(path, status=200)

    assert (before["reports_examined"], after["reports_examined"], after["items"]) == (1, 0, [])
