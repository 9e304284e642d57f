from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import StoredFile


async def add_file(
    session: AsyncSession, digest: bytes, *, size: int, location: str, wrapped_key: bytes, key_id: str, now: datetime
) -> bool:
    """Whether it was added: of two that bring the same content at once, one is, and the other waits for it."""
    row = {
        "digest": digest, "size": size, "location": location, "wrapped_key": wrapped_key, "key_id": key_id,
        "stored_at": now,
    }  # fmt: skip
    statement = insert(StoredFile).values(row).on_conflict_do_nothing(index_elements=["digest"])
    return (await session.execute(statement.returning(StoredFile.digest))).first() is not None


async def hold_file(session: AsyncSession, digest: bytes) -> bool:
    """Whether there is such a file; it is collected by nobody before this transaction ends."""
    statement = select(StoredFile.digest).where(StoredFile.digest == digest).with_for_update(read=True, key_share=True)
    return (await session.execute(statement)).first() is not None


async def file_of(session: AsyncSession, digest: bytes) -> StoredFile | None:
    return await session.get(StoredFile, digest)
