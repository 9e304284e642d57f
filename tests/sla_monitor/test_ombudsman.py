"""The package for the Ombudsman: who gets it and when, what is in it, and that anybody can verify it."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared import ids
from shared.clients import Role, Scope
from shared.clock import now_dependency
from shared.domain.lifecycle import Level, Status
from shared.domain.messages import MessageKind
from shared.log import events
from shared.log.events import EventType
from shared.schema import Message, Report, Reporter
from tests.factories import a_registry, bearer, drafted
from tests.sla_monitor.conftest import NOW
from tests.sla_monitor.histories import WITA, History, end_of
from tests.sla_monitor.stored import a_report, computed, swept

ADMIN = bearer(Role.NATIONAL_ADMIN)
STARTED = "2026-01-05 10:00"
ASKED_AT = end_of("2026-03-06")  # sixty days later
SAID = "Kami segera ke lokasi."


async def a_case(session: AsyncSession, *, swept_at: datetime | None = ASKED_AT, **columns: Any) -> UUID:
    """Assigned, answered with words, and not resolved when its oversight is due."""
    await a_registry(session)
    salt = ids.new_salt()
    words: dict[str, Any] = {"title": "Jalan berlubang", "body": "Lubang besar.", "salt": salt}
    history = History().fact(
        "report.received", STARTED, classification="complaint", status="received", time_zone=WITA, province="64",
        holder={"level": "national", "agency": None}, digest=ids.salted_digest(salt, words["title"], words["body"]),
    )  # fmt: skip
    history = history.verified(STARTED).assigned(STARTED, "SAMARINDA-PU")
    holder = {"holder_level": Level.AGENCY, "holder_agency_code": "SAMARINDA-PU", "agency_code": "SAMARINDA-PU"}
    reporter_id = ids.new_id()
    contact = {"name": "Siti Aminah", "phone": "08123456789", "email": "siti@x.example", "national_id": "6472"}
    await session.execute(insert(Reporter).values(id=reporter_id, **contact))
    report_id = await a_report(
        session, history, status=Status.IN_PROGRESS, reporter_id=reporter_id, tracking_number="1234567890",
        entered_by="Petugas Loket", external_reference="REF-77", **holder | words | columns,
    )  # fmt: skip
    await say(session, report_id, MessageKind.RESPONSE, SAID)
    await say(session, report_id, MessageKind.NOTE, "Catatan internal")
    await computed(session, report_id, now=NOW)
    if swept_at is not None:
        await swept(session, swept_at)
    return report_id


async def say(session: AsyncSession, report_id: UUID, kind: MessageKind, body: str) -> None:
    message_id, salt = ids.new_id(), ids.new_salt()
    await session.execute(
        insert(Message).values(
            id=message_id, report_id=report_id, kind=kind.value, body=body, salt=salt, agency_code="SAMARINDA-PU",
            author="liaison_officer:o", created_at=NOW,
        )
    )  # fmt: skip
    data = {"message": str(message_id), "digest": ids.salted_digest(salt, body)}
    await appended(session, report_id, EventType.REPORT_NOTED, "liaison_officer:o", data)


async def appended(session: AsyncSession, report_id: UUID, type: EventType, actor: str, data: Any) -> None:
    head = await events.lock_head(session, report_id)
    assert head is not None
    await events.append(session, head, drafted(type, NOW, actor, data), recorded_at=NOW)


async def answered(session: AsyncSession, report_id: UUID, granted: bool) -> None:
    data = {"purpose": "ombudsman", "granted": granted}
    await appended(session, report_id, EventType.REPORTER_CONSENTED, "reporter", data)


async def asked_for(client: httpx.AsyncClient, report: object, headers: Any = ADMIN) -> httpx.Response:
    return await client.get(f"/v1/reports/{report}/ombudsman-package", headers=headers)


async def files_of(client: httpx.AsyncClient, report: object) -> dict[str, bytes]:
    answer = await asked_for(client, report)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, folder / "verify.py"], capture_output=True, text=True, check=False)


async def test_the_package_holds_the_whole_case(client: httpx.AsyncClient, session: AsyncSession) -> None:
    report_id = await a_case(session)
    await answered(session, report_id, True)

    answer = await asked_for(client, "1234567890")
    files = await files_of(client, report_id)

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="ombudsman-1234567890.zip"'
    assert sorted(files) == [
        "README.txt", "SHA256SUMS", "chain.jsonl", "clocks.json", "evidence.json", "messages.json", "report.json",
        "timeline.json", "verify.py",
    ]  # fmt: skip
    report = json.loads(files["report.json"])
    assert (report["title"], report["agency"]["code"]) == ("Jalan berlubang", "SAMARINDA-PU")
    assert report["consent"]["granted_at"] == NOW.isoformat()
    assert [one["text"] for one in json.loads(files["messages.json"])["items"]] == [SAID]
    evidence = json.loads(files["evidence.json"])
    assert evidence["items"] == []
    assert "no evidence" in evidence["note"]["en"]
    assert json.loads(files["timeline.json"])["items"][0]["status_label"]["en"]
    clock = next(one for one in json.loads(files["clocks.json"])["items"] if one["stage"] == "oversight_resolution")
    assert clock["due_on"] == "2026-03-06"
    assert "60 hari kalender" in clock["explanation"]["id"]
    assert b"1234567890" in files["README.txt"]


async def test_nothing_says_who_the_reporter_is(client: httpx.AsyncClient, session: AsyncSession) -> None:
    report_id = await a_case(session, anonymous=True)
    await answered(session, report_id, True)

    files = await files_of(client, report_id)

    everything = b"\n".join(files.values()).decode()
    for hidden in ("Siti", "08123456789", "siti@x.example", "Petugas Loket", "REF-77", "Catatan internal"):
        assert hidden not in everything
    report = json.loads(files["report.json"])
    assert (report["anonymous"], report["reporter"]) == (True, None)


async def test_anybody_can_verify_the_package_and_sees_what_was_changed(
    client: httpx.AsyncClient, session: AsyncSession, tmp_path: Path
) -> None:
    report_id = await a_case(session)
    await answered(session, report_id, True)
    for name, content in (await files_of(client, report_id)).items():
        (tmp_path / name).write_bytes(content)

    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=False)
    untouched = verified(tmp_path)
    chain = (tmp_path / "chain.jsonl").read_text()
    (tmp_path / "chain.jsonl").write_text(chain.replace("liaison_officer:o", "liaison_officer:x"))
    forged = verified(tmp_path)
    (tmp_path / "chain.jsonl").write_text("".join(line for line in chain.splitlines(True) if '"seq": 2' not in line))
    shortened = verified(tmp_path)
    (tmp_path / "chain.jsonl").write_text(chain)
    messages = (tmp_path / "messages.json").read_text()
    (tmp_path / "messages.json").write_text(messages.replace(SAID, "Tidak."))
    reworded = verified(tmp_path)
    (tmp_path / "messages.json").write_text(messages)
    report = (tmp_path / "report.json").read_text()
    (tmp_path / "report.json").write_text(report.replace("Lubang besar", "Lubang kecil"))
    retold = verified(tmp_path)

    assert sums.returncode == 0, sums.stdout
    assert (untouched.returncode, untouched.stdout[:6]) == (0, "Intact"), untouched.stderr
    assert "event 4 was changed" in forged.stderr
    assert "event 2 is missing" in shortened.stderr
    assert "the message of event 4 was changed" in reworded.stderr
    assert "the body of the report was changed" in retold.stderr


@pytest.mark.parametrize(
    ("swept_at", "answers", "later", "code"),
    [
        (None, [], 0, "consent_not_asked"),
        (ASKED_AT, [], 0, "consent_pending"),
        (ASKED_AT, [], 60, "consent_silent"),
        (ASKED_AT, [False], 0, "consent_refused"),
        (ASKED_AT, [True, False], 0, "consent_refused"),
    ],
)
async def test_without_consent_there_is_no_package_and_a_sentence_says_why(
    client: httpx.AsyncClient,
    session: AsyncSession,
    app: Any,
    swept_at: Any,
    answers: list[bool],
    later: int,
    code: str,
) -> None:
    report_id = await a_case(session, swept_at=swept_at)
    for granted in answers:
        await answered(session, report_id, granted)
    app.dependency_overrides[now_dependency] = lambda: NOW + timedelta(days=later)

    answer = await asked_for(client, report_id)

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["detail"].startswith("The reporter")


@pytest.mark.parametrize("type", [EventType.REPORTER_WITHDREW, EventType.REPORT_WITHDRAWN])
async def test_a_withdrawal_ends_the_consent_that_was_given_before(
    client: httpx.AsyncClient, session: AsyncSession, type: EventType
) -> None:
    report_id = await a_case(session)
    await answered(session, report_id, True)
    head = await events.lock_head(session, report_id)
    assert head is not None
    await events.append(session, head, drafted(type, NOW, "reporter", {}), recorded_at=NOW)

    answer = await asked_for(client, report_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "report_withdrawn")


async def test_a_consent_given_after_a_refusal_counts(client: httpx.AsyncClient, session: AsyncSession) -> None:
    report_id = await a_case(session)
    for granted in (False, True):
        await answered(session, report_id, granted)

    assert (await asked_for(client, report_id)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "secret", "status"),
    [
        (bearer(Role.SUPERVISOR), False, 200),
        (bearer(Role.SUPERVISOR), True, 404),
        (bearer(Role.SUPERVISOR, scopes=(Scope.SECRET,)), True, 200),
        (ADMIN, True, 200),
        (bearer(Role.COORDINATOR, agency="SAMARINDA"), False, 403),
        (bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-PU"), False, 403),
        (bearer(Role.OPERATOR), False, 403),
        ({}, False, 401),
    ],
)
async def test_who_may_have_the_package(
    client: httpx.AsyncClient, session: AsyncSession, headers: Any, secret: bool, status: int
) -> None:
    report_id = await a_case(session)
    await answered(session, report_id, True)
    await session.execute(update(Report).values(secret=secret))

    assert (await asked_for(client, report_id, headers)).status_code == status


async def test_a_report_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    for reference in ("0000000000", str(ids.new_id()), "nonsense"):
        assert (await asked_for(client, reference)).status_code == 404
