"""What becomes of evidence when its person is erased: the files go, and that there were some stays proven."""

import hashlib
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence.files import Files
from intake_api.evidence.store import StoreTrouble
from intake_api.uploads.arriving import PART_BYTES
from shared.clients import Role
from shared.database import Sessions
from shared.domain.evidence import EvidenceState
from shared.domain.lifecycle import Status
from shared.log import events
from shared.log.events import EventType
from shared.log.payloads.intake import EvidenceAdded
from shared.schema import Evidence, Rendition, StoredFile, Upload
from tests.factories import bearer
from tests.intake_api.helpers import code_of, moved, submitted
from tests.intake_api.uploads.helpers import a_photo, created, sent, stored, uploaded
from tests.intake_api.uploads.test_serving import address, proven

CUSTODIAN = bearer(Role.IDENTITY_CUSTODIAN, sub="custodian-1")
ERASE = {"cause": "request"}


async def known(session: AsyncSession, *contents: bytes) -> list[StoredFile]:
    digests = [hashlib.sha256(content).digest() for content in contents]
    return list(await session.scalars(select(StoredFile).where(StoredFile.digest.in_(digests))))


async def test_the_files_of_an_erased_report_go_and_what_another_holds_stays(
    http: httpx.AsyncClient, committed: Sessions, files: Files, store: Path
) -> None:
    photo = a_photo(PART_BYTES + 5)
    report, evidence_id = await proven(http, committed, files, photo)
    other = await submitted(http)
    mine, shared = a_photo(1000), a_photo(2000)
    for one in (mine, shared):
        await uploaded(http, one, f"{report.path}/uploads", **report.as_reporter)
    await uploaded(http, shared, f"{other.path}/uploads", **other.as_reporter)
    unfinished = await created(http, PART_BYTES * 2, f"{report.path}/uploads", **report.as_reporter)
    await sent(http, unfinished, a_photo(PART_BYTES), headers=report.as_reporter)
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED)
    before = len(stored(store))

    answer = await http.post(f"{report.path}/erasure", json=ERASE, headers=CUSTODIAN)

    assert answer.status_code == 200
    async with committed() as session:
        rows = (await session.scalars(select(Evidence).where(Evidence.report_id == report.id))).all()
        kept = await known(session, photo, b"copy of " + photo, mine, shared)
        made = (await session.scalars(select(Rendition).where(Rendition.evidence_id == UUID(evidence_id)))).all()
        waiting = (await session.scalars(select(Upload).where(Upload.report_id == report.id))).all()
        history = await events.history(session, report.id)
    assert {(row.state, row.file_digest, row.said_sealed, tuple(row.remarks)) for row in rows} == {
        (EvidenceState.ERASED, None, None, ())
    }
    assert UUID(evidence_id) in {row.id for row in rows}
    assert (len(rows), made, waiting) == (3, [], [])
    assert [one.size for one in kept] == [2000]
    assert stored(store) == [kept[0].location]
    assert before > 4
    assert sum(event.carries(EvidenceAdded) is not None for event in history) == 3


async def test_an_address_of_an_erased_file_leads_nowhere(
    http: httpx.AsyncClient, committed: Sessions, files: Files
) -> None:
    report, _ = await proven(http, committed, files, a_photo(1000))
    href = await address(http, report, report.as_reporter)
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED)

    await http.post(f"{report.path}/erasure", json=ERASE, headers=CUSTODIAN)

    assert code_of(await http.get(href)) == (404, "unknown_evidence")
    (item,) = (await http.get(f"{report.path}/evidence", headers=report.as_reporter)).json()["items"]
    assert (item["state"], item["sha256"], item["files"]) == ("erased", None, [])


async def test_a_store_that_is_away_keeps_nobody_from_being_erased(
    http: httpx.AsyncClient, committed: Sessions, files: Files, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = a_photo(1000)
    report, _ = await proven(http, committed, files, photo)
    await moved(committed, report, EventType.REPORT_CLOSED, Status.CLOSED)

    async def away(_paths: object) -> None:
        raise StoreTrouble("away")

    monkeypatch.setattr(files.store, "remove", away)
    answer = await http.post(f"{report.path}/erasure", json=ERASE, headers=CUSTODIAN)

    assert answer.status_code == 200
    async with committed() as session:
        assert await known(session, photo, b"copy of " + photo) == []
    assert len(stored(store)) == 2  # until they are collected
