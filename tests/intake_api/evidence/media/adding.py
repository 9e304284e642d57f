"""Evidence as it waits once it was added to a report, and a worker that looks through it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from obstore.store import LocalStore
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence.files import Files
from intake_api.evidence.kinds import HEAD_BYTES, kind_of
from intake_api.evidence.media.children import CHILD
from intake_api.evidence.media.metrics import MediaMetrics
from intake_api.evidence.media.scanner import Scanner
from intake_api.evidence.media.service import Looking
from intake_api.evidence.media.tasks import FileLimits
from intake_api.evidence.store import Store
from shared.database import Sessions
from shared.domain.evidence import Variant
from shared.ids import new_id
from shared.keys.held import Keys
from shared.schema import Evidence, Rendition, StoredFile
from tests.factories import NOON, a_registry, a_report, settings

KEYS = Keys(settings("postgresql://nowhere/nothing"))


@dataclass(frozen=True, slots=True)
class Bench:
    """A store, a report, and what was added to it."""

    sessions: Sessions
    files: Files
    report_id: UUID

    @classmethod
    async def of(cls, sessions: Sessions, folder: Path, **report: Any) -> "Bench":
        async with sessions.begin() as session:
            await a_registry(session)
            report_id = await a_report(session, **report)
        return cls(sessions, Files(Store(lambda: LocalStore(folder)), KEYS), report_id)

    def looking(
        self, *, scanner: Scanner | None = None, child: str = CHILD, limits: FileLimits | None = None
    ) -> Looking:
        metrics = MediaMetrics(CollectorRegistry())
        return Looking(self.sessions, self.files, KEYS, limits or FileLimits(), scanner, metrics, child)

    async def add(self, content: bytes, **changes: Any) -> UUID:
        async with self.sessions.begin() as session:
            return await add_evidence(session, self.files, self.report_id, content, **changes)

    async def found(self, evidence_id: UUID) -> Evidence:
        async with self.sessions() as session:
            return (await session.scalars(select(Evidence).where(Evidence.id == evidence_id))).one()

    async def renditions(self, evidence_id: UUID) -> dict[Variant, bytes]:
        """What each of them shows."""
        joined = select(Rendition.variant, StoredFile).join(StoredFile, StoredFile.digest == Rendition.file_digest)
        async with self.sessions() as session:
            rows = (await session.execute(joined.where(Rendition.evidence_id == evidence_id))).all()
        return {variant: b"".join([piece async for piece in self.files.read(file)]) for variant, file in rows}

    async def due(self) -> None:
        """Whoever had claimed something is gone, and their time is over."""
        async with self.sessions.begin() as session:
            await session.execute(update(Evidence).values(due_at=NOON))


async def add_evidence(session: AsyncSession, files: Files, report_id: UUID, content: bytes, **changes: Any) -> UUID:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    brought = await files.bring_in(pieces())
    await files.keep(session, brought)
    evidence_id = new_id()
    values = {
        "id": evidence_id, "report_id": report_id, "file_digest": brought.digest, "size": len(content),
        "media_type": kind_of(content[:HEAD_BYTES]) or "image/jpeg", "added_by": "reporter", "added_at": NOON,
        "due_at": NOON,
    }  # fmt: skip
    await session.execute(insert(Evidence).values(values | changes))
    return evidence_id
