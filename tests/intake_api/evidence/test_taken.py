"""When and where a photo was taken is offered to its reporter, and told to nobody unless they say so."""

import os
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

from intake_api.evidence.files import TABLE
from intake_api.evidence.media.said import seal_said
from intake_api.evidence.media.tasks import CameraSaid
from intake_api.evidence.sealing import FileKey
from shared.database import Sessions
from shared.domain.evidence import EvidenceState
from shared.log import events
from shared.schema import Evidence, StoredFile
from tests.factories import NOON
from tests.intake_api.evidence.media.adding import KEYS
from tests.intake_api.helpers import APP, Submitted, submitted

SAID = CameraSaid("2026-03-01T10:11:12", -0.5022, 117.1536)


async def photo(sessions: Sessions, report: Submitted, said: CameraSaid = SAID, **changes: Any) -> UUID:
    evidence_id, place = uuid4(), uuid4()
    key = FileKey.new(KEYS, TABLE, place)
    file = StoredFile(
        digest=os.urandom(32), size=1, location=f"files/{place.hex}", wrapped_key=key.wrapped, key_id=key.key_id,
        stored_at=NOON,
    )  # fmt: skip
    row = {
        "id": evidence_id, "report_id": report.id, "file_digest": file.digest, "media_type": "image/jpeg", "size": 1,
        "added_by": "reporter", "added_at": NOON, "state": EvidenceState.READY,
        "said_sealed": seal_said(KEYS, file, said),
    }  # fmt: skip
    async with sessions.begin() as session:
        session.add(file)
        await session.flush()
        session.add(Evidence(**(row | changes)))
    return evidence_id


def at(report: Submitted, evidence_id: UUID) -> str:
    return f"{report.path}/evidence/{evidence_id}/taken"


async def told(sessions: Sessions, evidence_id: UUID) -> tuple[Any, ...]:
    columns = (Evidence.told_taken_at, Evidence.told_latitude, Evidence.told_longitude)
    async with sessions() as session:
        return tuple((await session.execute(select(*columns).where(Evidence.id == evidence_id))).one())


async def test_what_a_photo_says_is_offered_and_told_only_when_the_reporter_says_so(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    evidence_id = await photo(committed, report)
    mine = report.as_reporter | {"Accept-Language": "en"}

    offered = await client.get(at(report, evidence_id), headers=mine)
    untold = await told(committed, evidence_id)
    partly = await client.put(at(report, evidence_id), json={"time": True, "place": False}, headers=mine)
    again = await client.put(at(report, evidence_id), json={"time": True, "place": False}, headers=mine)
    back = await client.put(at(report, evidence_id), json={"time": False, "place": False}, headers=mine)

    assert offered.status_code == 200, offered.text
    assert offered.json() == {
        "sentence": "The file says that it was taken at -0.50220, 117.15360 on 2026-03-01 10:11. Only you see this, "
        "unless you tell it.",
        "taken_at": "2026-03-01T10:11:12", "latitude": -0.5022, "longitude": 117.1536, "time_is_told": False,
        "place_is_told": False,
    }  # fmt: skip
    assert untold == (None, None, None)
    assert (partly.json()["time_is_told"], partly.json()["place_is_told"]) == (True, False)
    assert again.json() == partly.json()
    assert back.json() == offered.json()
    async with committed() as session:
        history = await events.history(session, report.id)
    assert [(event.type, event.data["time"], event.data["place"]) for event in history[1:]] == [
        ("evidence.told", True, False), ("evidence.told", False, False)
    ]  # fmt: skip
    assert "117" not in str([event.data for event in history[1:]])


async def test_what_is_told_is_as_the_photo_says_it(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    evidence_id = await photo(committed, report)

    await client.put(at(report, evidence_id), json={"time": True, "place": True}, headers=report.as_reporter)

    assert await told(committed, evidence_id) == ("2026-03-01T10:11:12", -0.5022, 117.1536)


async def test_a_file_that_says_nothing_has_nothing_to_tell(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    silent = await photo(committed, report, CameraSaid())
    timed = await photo(committed, report, CameraSaid("2026-03-01T10:11:12+08:00"))

    offered = await client.get(at(report, silent), headers=report.as_reporter)
    refused = await client.put(at(report, timed), json={"time": True, "place": True}, headers=report.as_reporter)

    assert (offered.json()["sentence"], offered.json()["taken_at"]) == (None, None)
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_tell")
    assert await told(committed, timed) == (None, None, None)


async def test_only_the_reporter_is_offered_what_their_own_photo_says(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, another = await submitted(client), await submitted(client)
    evidence_id = await photo(committed, report)
    agencys = await photo(committed, report, added_by="liaison_officer:pu-1", agency_code="SAMARINDA-PU")
    waiting = await photo(committed, report, state=EvidenceState.WAITING)

    answers = [
        await client.get(at(report, evidence_id)),
        await client.get(at(report, evidence_id), headers=APP),
        await client.get(at(report, evidence_id), headers=another.as_reporter),
        await client.get(at(another, evidence_id), headers=another.as_reporter),
        await client.get(at(report, agencys), headers=report.as_reporter),
        await client.get(at(report, waiting), headers=report.as_reporter),
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 404, 404, 404, 409]
