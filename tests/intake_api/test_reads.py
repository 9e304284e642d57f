"""Whose reads of a report intake_api writes down, under the login that it has."""

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from shared.clients import Role
from shared.database import Sessions
from shared.http.kinds import SESSION
from tests.factories import SIGNER, bearer
from tests.intake_api.helpers import APP, Submitted, assigned, submitted

OFFICER = bearer(Role.LIAISON_OFFICER, sub="dinkes-1", agency="SAMARINDA-DINKES")


async def test_an_officer_who_looks_at_the_public_page_is_noted_and_the_app_of_its_reporter_is_not(
    client: httpx.AsyncClient, app: FastAPI, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    path = f"/v1/reports/{report.number}"
    for headers in (OFFICER, APP, APP | {"X-Access-Code": report.code}, {}):
        assert (await client.get(path, headers=headers)).status_code == 200

    assert await readers(app, committed, report) == [("dinkes-1", "intake GET /v1/reports/{tracking_number}")]


async def test_an_officer_who_is_led_to_a_file_is_noted_and_whoever_gets_none_is_not(
    client: httpx.AsyncClient, app: FastAPI, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    path = f"/board/evidence/{report.number}/019a0000-0000-7000-8000-000000000000/clean"
    answers = []
    for sub, agency in (("pu-1", "SAMARINDA-PU"), ("dinkes-1", "SAMARINDA-DINKES")):
        session = SIGNER.mint(Role.LIAISON_OFFICER, sub=sub, agency=agency, kind=SESSION)
        answers.append((await client.get(path, headers={"Cookie": f"lapor_session={session}"})).status_code)

    assert answers == [303, 404]
    assert await readers(app, committed, report) == [
        ("pu-1", "intake GET /board/evidence/{tracking_number}/{evidence_id}/{variant}")
    ]


async def readers(app: FastAPI, committed: Sessions, report: Submitted) -> list[tuple[str, str]]:
    await app.state.reads.write()
    async with committed() as session:
        found = await session.execute(
            text("SELECT subject, operation FROM report_reads r JOIN reports ON reports.id = r.report_id "
                 "WHERE tracking_number = :number"), {"number": report.number},
        )  # fmt: skip
        return [(row.subject, row.operation) for row in found]
