"""Files that a report names by their address: fetched after it is stored, and added as its evidence.

They are fetched by the guarded client alone, for whoever names an address could name one of ours. What cannot be had is
given up, and the report stands without it. No address is ever logged.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.channels.open311 import queries
from intake_api.channels.open311.forms import MEDIA, Form
from intake_api.uploads import proving
from intake_api.uploads.owners import Uploader
from intake_api.uploads.proving import Adding
from intake_api.uploads.service import For, Uploads
from shared.clients import Client, Role, Scope
from shared.clock import utc_now
from shared.database import Sessions
from shared.errors import DomainError, TooManyRequests, Unavailable
from shared.keys.held import Keys
from shared.log.payloads.codes import Proof
from shared.outgoing import Answered, NotPublic, Outgoing, Unanswered
from shared.schema import MediaLink

logger = logging.getLogger(__name__)

MOST_LINKS = 5
LONGEST_LINK = 2_000
FETCH_SECONDS = 60.0
#: So long nobody else takes what one fetches: longer than that takes.
LEASE = timedelta(minutes=5)
#: After so many tries it is given up; the pause doubles each time.
MOST_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(minutes=1)
POLL_SECONDS = 2.0
AFTER_FAILURE_SECONDS = 5.0
#: What may be there in a moment.
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class NotYet(Exception):
    """Try again later."""


def links_in(form: Form) -> list[str]:
    """At most a few, each once."""
    found = dict.fromkeys(form.get(MEDIA, "").split())
    return [link for link in found if len(link) <= LONGEST_LINK][:MOST_LINKS]


async def keep_links(session: AsyncSession, report_id: UUID, form: Form, client: Client, *, now: datetime) -> None:
    """Asked again it keeps nothing twice."""
    for link in links_in(form):
        await queries.add_link(session, report_id, link, owner=client.actor, agency=client.agency, now=now)


@dataclass(frozen=True, slots=True)
class Fetching:
    sessions: Sessions
    uploads: Uploads
    outgoing: Outgoing
    keys: Keys
    most_files: int  #: of one report

    async def turn(self, *, now: datetime) -> bool:
        """Fetch what is due first; whether there was anything."""
        async with self.sessions.begin() as session:
            link = await queries.claim_link(session, now=now, until=now + LEASE)
        if link is None:
            return False
        try:
            await self._bring(link, now)
        except NotYet:
            if link.attempts < MOST_ATTEMPTS:
                async with self.sessions.begin() as session:
                    await queries.put_off(session, link.id, now + _FIRST_PAUSE * 2**link.attempts)
                return True
            logger.info("media given up")
        except DomainError as error:
            logger.info("media not taken", extra={"code": error.code})
        async with self.sessions.begin() as session:
            await queries.forget_link(session, link.id)
        return True

    async def _bring(self, link: MediaLink, now: datetime) -> None:
        """Raises NotYet, and DomainError for what is no evidence."""
        fetched = await self._fetch(link.url)
        if fetched is None:
            logger.info("media not there")
            return
        role, _, sub = link.owner.partition(":")
        client = Client(sub, Role(role), link.owner_agency, frozenset({Scope.SUBMIT.value}))
        adding = Adding(Proof.SUBMITTER, client.actor, None)
        try:
            uploader = Uploader(client, None, "", self.keys)
            wanted = For(link.report_id, Proof.SUBMITTER.value)
            upload = await self.uploads.take_in(uploader, _whole(fetched.body), wanted, now=now)
            async with self.sessions.begin() as session:
                await proving.add_uploads(
                    session, link.report_id, adding, [upload.id], uploader=None, most=self.most_files, now=now
                )
        except (TooManyRequests, Unavailable) as error:
            raise NotYet from error

    async def _fetch(self, url: str) -> Answered | None:
        """None: it cannot be had. Raises NotYet."""
        try:
            found = await self.outgoing.send(
                "GET", url, headers={"Accept": "*/*"}, seconds=FETCH_SECONDS, most_bytes=self.uploads.most + 1
            )
        except NotPublic:
            return None
        except Unanswered:
            raise NotYet from None
        if found.status in _LATER or found.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NotYet
        return found if found.status == HTTPStatus.OK and found.is_whole else None


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


@asynccontextmanager
async def fetching(work: Fetching) -> AsyncIterator[None]:
    """In each process one, which polls: a link may have been kept by any."""
    task = asyncio.create_task(_go_on(work), name="media")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await work.outgoing.close()


async def _go_on(work: Fetching) -> None:
    """Until cancelled. Never raises: what is to be done stays in the table."""
    while True:
        try:
            if not await work.turn(now=utc_now()):
                await asyncio.sleep(POLL_SECONDS)
        except Exception as error:
            logger.warning("worker failed", extra={"worker": "media", "error": type(error).__name__})
            await asyncio.sleep(AFTER_FAILURE_SECONDS)
