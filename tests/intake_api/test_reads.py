"""Whose reads of a report intake_api writes down, under the login that it has."""

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from shared.clients import Role
from shared.database import Sessions
from tests.factories import bearer
from tests.intake_api.helpers import APP, assigned, submitted

OFFICER = bearer(Role.LIAISON_OFFICER, sub="dinkes-1", agency="SAMARINDA-DINKES")


async def test_an_officer_who_looks_at_the_public_page_is_noted_and_the_app_of_its_reporter_is_not(
    client: httpx.AsyncClient, app: FastAPI, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    path = f"/v1/reports/{report.number}"
    for headers in (OFFICER, APP, APP | {"X-Access-Code": report.code}, {}):
        assert (await client.get(path, headers=headers)).status_code == 200

    await app.state.reads.write()

    async with committed() as session:
        found = await session.execute(
            text("SELECT subject, operation FROM report_reads r JOIN reports ON reports.id = r.report_id "
                 "WHERE tracking_number = :number"), {"number": report.number},
        )  # fmt: skip
    assert [tuple(row) for row in found] == [("dinkes-1", "intake GET /v1/reports/{tracking_number}")]
