"""Photos that come with the form of a page: evidence of its report, which is in by then whatever becomes of them."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

from fastapi import Request

from intake_api.channels.qr.parts import SentParts
from intake_api.reporters.access import Credentials
from intake_api.submissions.service import Receipt
from intake_api.uploads import proving
from intake_api.uploads.ending import add_at_once
from intake_api.uploads.owners import Uploader
from intake_api.uploads.service import For, Uploads
from intake_api.uploads.tus import Broken
from shared.errors import Conflict, DomainError
from shared.http import problems

MOST = 3


class PhotosTaken(NamedTuple):
    taken: int
    wrong: DomainError | None


async def take_photos(request: Request, parts: SentParts, receipt: Receipt, address: str, now: datetime) -> PhotosTaken:
    """Raises Broken where whoever sends them has gone."""
    taking, count = _Taking(request, receipt, address, now), 0
    wrong: DomainError | None = None
    try:
        async for content in parts.files():
            if count == MOST:
                raise Conflict(
                    f"Of the photos {MOST} are taken here; add the others on the page of the report.",
                    code="too_many_photos",
                )
            try:
                await taking.take(content)
                count += 1
            except DomainError as error:
                if isinstance(error, Broken):
                    raise
                wrong = error
    except DomainError as error:
        if isinstance(error, Broken):
            raise
        wrong = error
    return PhotosTaken(count, wrong)


class _Taking:
    def __init__(self, request: Request, receipt: Receipt, address: str, now: datetime) -> None:
        self._request = request
        self._receipt = receipt
        self._uploads: Uploads = request.app.state.uploads
        self._uploader = Uploader(None, None, address, request.app.state.keys)
        self._now = now

    async def take(self, content: AsyncIterator[bytes]) -> None:
        """Raises what the form of the mailbox raises."""
        with problems.away_is_unavailable():
            wanted = await self._wanted()
            row = await self._uploads.take_in(self._uploader, content, wanted, now=self._now)
            await add_at_once(self._request, row, wanted, self._now)

    async def _wanted(self) -> For:
        reporter = Credentials(None, self._receipt.access_code, None, self._request.app.state.keys)
        async with self._uploads.steps(self._uploader.caller)() as session:
            return proving.wanted(*await proving.may_add(session, self._receipt.tracking_number, reporter))
