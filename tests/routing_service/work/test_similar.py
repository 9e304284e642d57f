"""Open reports like the one on an officer's desk, and how they are found among many."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import WorkReach
from routing_service.work.masking import making
from routing_service.work.masking import queries as texts
from routing_service.work.merging import queries
from shared.clients import Role
from shared.domain import similarity
from shared.domain.lifecycle import Level, Status
from shared.queries import similar_reports
from shared.queries.similar_reports import LookedFor
from tests.factories import DAY, NOON, bearer
from tests.many_reports import many
from tests.routing_service.driving import (
    ADMIN,
    COORDINATOR,
    OFFICER,
    OTHER_COORDINATOR,
    OTHER_OFFICER,
    SUPERVISOR,
    Office,
)

S = Status
PLACE = {"latitude": -0.5022, "longitude": 117.1536}
LAMP = {"title": "Lampu jalan gang kelinci padam", "body": "Lampu di gang kelinci padam sejak Senin, gelap.", **PLACE}


async def masked(office: Office, *reports: UUID) -> None:
    async with office.transaction() as session:
        made = making.make_all(await texts.without(session, reports))
        await texts.add_public_texts(session, made, by="service:routing_service", now=NOON)


async def a_lamp(office: Office, status: Status = S.ASSIGNED, **changes: Any) -> UUID:
    report = await office.made(status, **(LAMP | changes))
    await masked(office, report)
    return report


async def similar(office: Office, report: UUID, headers: dict[str, str] = COORDINATOR) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await office.get(f"/v1/reports/{report}/similar", headers))["items"]
    return items


async def test_the_verifier_sees_which_open_reports_are_like_it_with_the_parts_of_the_score(office: Office) -> None:
    older = await a_lamp(office, received_at=NOON - DAY)
    report = await a_lamp(office, latitude=-0.5025)
    await a_lamp(office, title="Sampah menumpuk", body="Tidak diangkut.", latitude=-1.2, longitude=116.8)

    (found,) = await similar(office, report)

    assert found["id"] == str(older)
    assert (found["mine"], found["survives"], found["status"]) == (True, True, "assigned")
    parts = found["parts"]
    assert parts["words"] == pytest.approx(1.0)
    assert 0.9 < parts["distance"] < 1.0  # 33 metres
    assert parts["category"] == 1.0
    assert 0.95 < parts["time"] < 1.0
    assert found["score"] == pytest.approx(0.5 + 0.25 * parts["distance"] + 0.15 + 0.1 * parts["time"], abs=0.002)


async def test_of_the_younger_one_it_says_that_it_cannot_survive(office: Office) -> None:
    report = await a_lamp(office, received_at=NOON - DAY)
    await a_lamp(office)

    assert [one["survives"] for one in await similar(office, report)] == [False]


async def test_what_nobody_has_verified_yet_is_found_by_those_who_hold_it(office: Office) -> None:
    held = {"holder_level": Level.COORDINATOR, "holder_agency_code": "SAMARINDA"}
    fresh = await a_lamp(office, S.RECEIVED, **held)
    report = await a_lamp(office)

    assert [one["id"] for one in await similar(office, report)] == [str(fresh)]
    assert [one["id"] for one in await similar(office, report, ADMIN)] == [str(fresh)]
    assert await similar(office, report, OFFICER) == []  # the coordinator's, and not public


async def test_of_another_instansi_only_what_is_public_is_found_and_its_title_is_masked(office: Office) -> None:
    elsewhere = await a_lamp(office, S.VERIFIED, title="Lampu jalan gang kelinci padam kata Pak Budi Santoso")
    await office.done(elsewhere, "forwarding", COORDINATOR, agency="BALIKPAPAN")
    await a_lamp(office, S.RECEIVED, holder_level=Level.COORDINATOR, holder_agency_code="BALIKPAPAN")
    report = await a_lamp(office)

    (found,) = await similar(office, report)

    assert (found["id"], found["mine"]) == (str(elsewhere), False)
    assert "Santoso" not in found["title"]
    whole = await similar(office, report, ADMIN)
    assert "Santoso" in next(one["title"] for one in whole if one["id"] == str(elsewhere))


async def test_secret_reports_are_found_by_those_who_may_read_them_only(office: Office) -> None:
    secret = await a_lamp(office, secret=True)
    report = await a_lamp(office)
    supervisor = bearer(Role.SUPERVISOR, sub="ombudsman-2", scopes=("reports:secret",))

    seen = {name: [one["id"] for one in await similar(office, report, headers)] for name, headers in {
        "coordinator": COORDINATOR, "supervisor": SUPERVISOR, "supervisor with scope": supervisor,
    }.items()}  # fmt: skip

    assert seen == {"coordinator": [str(secret)], "supervisor": [], "supervisor with scope": [str(secret)]}
    assert [one["survives"] for one in await similar(office, report)] == [False]


async def test_closed_and_merged_reports_are_not_found(office: Office) -> None:
    survivor = await a_lamp(office, received_at=NOON - DAY)
    joined = await a_lamp(office)
    await office.done(joined, "merge", COORDINATOR, into=str(survivor))
    for status in (S.CLOSED, S.ARCHIVED, S.WITHDRAWN):
        await a_lamp(office, status)

    assert [one["id"] for one in await similar(office, await a_lamp(office))] == [str(survivor)]


async def test_only_those_who_read_the_report_ask_what_is_like_it(office: Office) -> None:
    report = await a_lamp(office)

    for headers in (OTHER_OFFICER, OTHER_COORDINATOR):
        refused = await office.http.get(f"/v1/reports/{report}/similar", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    missing = await office.http.get(f"/v1/reports/{UUID(int=9)}/similar", headers=ADMIN)
    assert missing.status_code == 404


async def test_supports_are_counted_in_the_work_list_and_beside_what_is_similar(office: Office) -> None:
    older, report = await a_lamp(office, received_at=NOON - DAY), await a_lamp(office)
    for number in range(3):
        await office.execute(
            "INSERT INTO report_supports VALUES (:report, :supporter, :at)",
            report=older,
            supporter=bytes([number]),
            at=NOON,
        )

    listed = await office.get("/v1/reports", COORDINATOR, limit=200)

    counts = {one["id"]: one["supports"] for one in listed["items"]}
    assert (counts[str(older)], counts[str(report)]) == (3, 0)
    assert [one["supports"] for one in await similar(office, report)] == [3]
    assert (await office.get(f"/v1/reports/{older}", OFFICER))["supports"] == 3


# --- among many ----------------------------------------------------------------------------------------------


async def test_each_of_the_three_ways_has_its_index(session: AsyncSession) -> None:
    await many(session, 8_000)
    title = str(await session.scalar(text("SELECT title FROM public_texts WHERE masked_by = 'x' LIMIT 1")))
    seen: list[str] = []

    class Explaining:
        """Runs the statements, and keeps how the second one was planned."""

        async def execute(self, statement: Any, parameters: Any) -> Any:
            if "), found AS (" in str(statement):
                plan = await session.execute(text(f"EXPLAIN {statement}"), parameters)
                seen.append("\n".join(plan.scalars()))
            return await session.execute(statement, parameters)

    await queries.find_similar(Explaining(), LookedFor(title, "", NOON, -0.5, 109.0), WorkReach(None))  # type: ignore[arg-type]

    indexes = set(re.findall(r"(?:on|using) (\w+_idx)", seen[0]))
    assert {"public_texts_search_idx", "public_texts_title_idx", "reports_place_idx"} <= indexes


async def test_what_is_found_among_many_is_bounded_before_it_is_scored(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(session, 3_000)
    scored = 0
    parts = similarity.parts

    def counting(*arguments: Any, **options: Any) -> Any:
        nonlocal scored
        scored += 1
        return parts(*arguments, **options)

    monkeypatch.setattr(similarity, "parts", counting)
    titles = (await session.scalars(text("SELECT title FROM public_texts WHERE masked_by = 'x' LIMIT 5"))).all()

    found = await queries.find_similar(session, LookedFor(" ".join(titles), "", NOON), WorkReach(None))

    assert 0 < scored <= similar_reports.CANDIDATES
    assert len(found) <= similar_reports.SHOWN


# --- what others may know ------------------------------------------------------------------------------------


async def placed(office: Office, report: UUID, latitude: float, longitude: float) -> None:
    await office.execute(
        "UPDATE reports SET latitude = :latitude, longitude = :longitude WHERE id = :id",
        latitude=latitude, longitude=longitude, id=report,
    )  # fmt: skip


async def test_an_officer_gets_no_nearer_to_a_report_of_another_instansi_than_the_public(office: Office) -> None:
    """Four reports of one's own and the distances to them gave the exact place of somebody else's."""
    elsewhere = await a_lamp(office, S.VERIFIED)
    await office.done(elsewhere, "forwarding", COORDINATOR, agency="BALIKPAPAN")
    mine = await a_lamp(office)
    reach = 2_000 / similarity.METRES_PER_DEGREE
    own_places = [(-0.5022, 117.1536), (-0.5022 + reach, 117.15), (-0.49 - reach, 117.155), (-0.5, 117.15 + reach)]
    answers = []
    for latitude, longitude in [(-0.5049, 117.1451), (-0.4951, 117.1549), (-0.5, 117.15), (-0.5031, 117.1477)]:
        await placed(office, elsewhere, latitude, longitude)
        found = []
        for own in own_places:
            await placed(office, mine, *own)
            found += [one for one in await similar(office, mine) if one["id"] == str(elsewhere)]
        answers.append(found)

    assert answers[0]
    assert all(one == answers[0] for one in answers)
    assert (answers[0][0]["mine"], answers[0][0]["received_at"]) == (False, "2026-03-02T04:00:00Z")


async def test_of_what_one_works_on_the_distance_is_exact(office: Office) -> None:
    other, report = await a_lamp(office, received_at=NOON - DAY), await a_lamp(office)
    before = (await similar(office, report))[0]["parts"]["distance"]

    await placed(office, other, PLACE["latitude"] + 0.001, PLACE["longitude"])

    assert (await similar(office, report))[0]["parts"]["distance"] < before


async def test_another_agency_reads_of_a_report_what_the_public_reads(office: Office) -> None:
    report = await a_lamp(office, received_at=NOON.replace(second=7, microsecond=7) - DAY)
    await office.done(report, "notes", OFFICER)

    before = await office.get(f"/v1/reports/{report}", OTHER_OFFICER)
    await office.done(report, "notes", OFFICER)
    after = await office.get(f"/v1/reports/{report}", OTHER_OFFICER)

    assert before["received_at"].endswith(":00Z")
    assert before == after
    assert (await office.get(f"/v1/reports/{report}", OFFICER))["version"] > after["version"]
