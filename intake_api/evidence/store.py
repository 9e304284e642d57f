"""Where files lie: a folder that all copies of the service share, or an S3. What it holds is sealed already."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, S3Store

from shared.errors import Unavailable
from shared.settings import IntakeSettings

logger = logging.getLogger(__name__)

Kept = LocalStore | MemoryStore | S3Store

#: The least that an S3 takes as a part of a large object; two of them are in memory while one is written.
_PART_BYTES = 5 * 1024 * 1024
_CONNECT_SECONDS = 3
#: A part of a large object among it; whoever sends is told to go on later, and their place is free again.
_CALL_SECONDS = 20
_RETRIES = 3
_RETRY_SECONDS = 10
_LISTED_AT_ONCE = 1_000
_FULL = ("no space left", "storage full", "os error 28", "disk quota")


class StoreTrouble(Unavailable):
    """Nothing is lost that was told to be stored; whoever sends goes on where it ended."""

    code = "evidence_store_away"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class Item(NamedTuple):
    path: str
    changed_at: datetime


class Store:
    """Opened when it is first asked for. Every method raises StoreTrouble while the store is away or full."""

    def __init__(self, opens: Callable[[], Kept]) -> None:
        self._opens = opens

    @classmethod
    def of(cls, settings: IntakeSettings) -> "Store":
        parts = urlsplit(settings.evidence_store)
        if parts.scheme == "s3":
            return cls(lambda: _s3(settings, parts.netloc, parts.path.strip("/")))
        folder = Path(unquote(parts.path)) if parts.scheme == "file" else settings.home / "evidence"
        return cls(lambda: LocalStore(folder.absolute(), mkdir=True))

    @cached_property
    def _store(self) -> Kept:
        return self._opens()

    async def put(self, path: str, content: bytes) -> None:
        """Whole, or not at all."""
        with troubles():
            await obstore.put_async(self._store, path, content, use_multipart=False)

    async def put_stream(self, path: str, content: AsyncIterator[bytes]) -> None:
        """Whole, or not at all, and never in memory as a whole."""
        with troubles():
            await obstore.put_async(self._store, path, content, chunk_size=_PART_BYTES, max_concurrency=1)

    async def size(self, path: str) -> int | None:
        """None: it is not there."""
        with troubles(), contextlib.suppress(FileNotFoundError):
            found = await obstore.head_async(self._store, path)
            return int(found["size"])
        return None

    async def get(self, path: str) -> bytes:
        with troubles():
            found = await obstore.get_async(self._store, path)
            return bytes(await found.bytes_async())

    async def get_range(self, path: str, start: int, end: int) -> bytes:
        with troubles():
            return bytes(await obstore.get_range_async(self._store, path, start=start, end=end))

    async def remove(self, paths: Sequence[str]) -> None:
        """What is not there is removed already."""
        for path in paths:
            with troubles(), contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, path)

    async def discard(self, paths: Sequence[str]) -> None:
        """What nobody needs any more. Never raises: what cannot be removed now is collected later."""
        for path in paths:
            try:
                await self.remove([path])
            except StoreTrouble:
                logger.warning("an object is left to be collected")

    async def list(self, folder: str) -> AsyncIterator[Sequence[Item]]:
        with troubles():
            stream = obstore.list(self._store, folder, chunk_size=_LISTED_AT_ONCE)
        while True:
            with troubles():
                found = await anext(stream, None)
            if found is None:
                return
            yield [Item(one["path"], one["last_modified"]) for one in found]


def _s3(settings: IntakeSettings, bucket: str, folder: str) -> S3Store:
    endpoint = settings.evidence_s3_endpoint
    return S3Store(
        bucket,
        prefix=folder or None,
        endpoint=endpoint or None,
        region=settings.evidence_s3_region,
        access_key_id=settings.evidence_s3_key_id or None,
        secret_access_key=settings.evidence_s3_secret.get_secret_value() or None,
        virtual_hosted_style_request=not endpoint,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
            "timeout": timedelta(seconds=_CALL_SECONDS),
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
    )


@contextlib.contextmanager
def troubles() -> Iterator[None]:
    """What a store or a disk raises, as StoreTrouble."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError, ValueError) as error:
        said = str(error).lower()
        logger.error("the store of files fails", extra={"error": type(error).__name__})
        if any(word in said for word in _FULL):
            raise StoreTrouble(
                "There is no room for files at this moment; what was sent stays, and you can go on later.",
                code="evidence_store_full",
            ) from None
        raise StoreTrouble(
            "Files cannot be stored or read at this moment; what was sent stays, and you can go on in a while."
        ) from None


def parts_of(upload: object, names: Iterable[str]) -> list[str]:
    """The paths of the parts of an upload."""
    return [f"uploads/{upload}.{name}" for name in names]
