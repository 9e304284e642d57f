"""A reporter gets a receipt that proves that their report is in the log, and nobody else gets it."""

import json
from pathlib import Path
from typing import Any

import httpx
import metamorphic_log
import pytest

from intake_api.app import create_app
from shared.clients import Role
from shared.database import Sessions
from shared.proof import receipts
from shared.proof.receipts import TlogProof
from shared.settings import IntakeSettings
from tests.factories import NOON, a_registry, bearer, settings
from tests.intake_api.helpers import APP, a_submission
from tests.sla_monitor.proof.logs import HOUR, a_log, grown, reports, verifier_keys, went_on

CONTACT = {"name": "Siti Aminah", "phone": "081234567890", "email": "siti@x.example"}


@pytest.fixture
async def http(own_database_url: str, sessions: Sessions) -> Any:
    async with sessions.begin() as session:
        await a_registry(session)
    app = create_app(settings(own_database_url, IntakeSettings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as client:
        yield client
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


async def submitted(http: httpx.AsyncClient) -> dict[str, Any]:
    body = a_submission(reporter_reference="akun-1", reporter=CONTACT, anonymous=False)
    answer = await http.post("/v1/reports", json=body, headers=APP)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_reporter_gets_a_receipt_once_a_checkpoint_has_seen_the_report(
    http: httpx.AsyncClient, sessions: Sessions, tmp_path: Path
) -> None:
    report = await submitted(http)
    path = f"/v1/reports/{report['tracking_number']}/receipt"
    code = {"X-Access-Code": report["access_code"]}
    log = a_log(sessions, tmp_path)

    early = await http.get(path, headers=code)
    await reports(sessions, 3)
    await grown(log, now=NOON)
    answer = await http.get(path, headers=code)
    by_app = await http.get(path, headers=APP | {"X-Reporter-Reference": "akun-1"})

    assert (early.status_code, early.json()["code"]) == (404, "no_receipt_yet")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert f'{report["tracking_number"]}.tlog-proof"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert by_app.text == answer.text
    opening = receipts.verify(answer.text, verifier_keys()).opening
    assert (str(opening.report_id), opening.tracking_number) == (report["id"], report["tracking_number"])
    proof = TlogProof.read(answer.text)
    keys = [str(key) for key in verifier_keys()]
    metamorphic_log.checkpoint_verify_inclusion(proof.note, keys, proof.index, opening.leaf.hash, list(proof.hashes))
    assert len(answer.content) < 2_000
    said = json.loads(proof.extra)
    assert said.keys() == {"format", "report", "tracking_number", "salt", "seq", "head"}
    for secret in (*CONTACT.values(), report["access_code"], "akun-1"):
        assert secret not in answer.text + proof.extra.decode()

    await went_on(sessions, opening.report_id)
    await grown(log, now=NOON + HOUR)
    later = receipts.verify((await http.get(path, headers=code)).text, verifier_keys())
    # Four reports and the registry's log, and then this report once more.
    assert (later.opening.seq, later.checkpoint.head.size) == (opening.seq + 1, 6)


async def test_nobody_else_gets_the_receipt(http: httpx.AsyncClient, sessions: Sessions, tmp_path: Path) -> None:
    report = await submitted(http)
    await grown(a_log(sessions, tmp_path), now=NOON)
    path = f"/v1/reports/{report['tracking_number']}/receipt"

    for headers, status in (
        ({}, 401),
        ({"X-Access-Code": "WRONG"}, 404),
        (APP | {"X-Reporter-Reference": "akun-2"}, 404),
        (APP, 403),
        (bearer(Role.NATIONAL_ADMIN), 403),
        (bearer(Role.REPORTER_APP, sub="another-app") | {"X-Reporter-Reference": "akun-1"}, 404),
    ):
        answer = await http.get(path, headers=headers)
        assert answer.status_code == status, (headers, answer.text)
        assert "tlog-proof" not in answer.text
    absent = await http.get("/v1/reports/9999999999/receipt", headers={"X-Access-Code": report["access_code"]})
    wrong = await http.get(path, headers={"X-Access-Code": "WRONG"})
    assert absent.json()["code"] == wrong.json()["code"] == "unknown_report"
