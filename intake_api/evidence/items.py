"""Evidence as it is listed: for its reporter, for those who work on the report, for everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import queries
from intake_api.evidence.addresses import Address, Addresses, Audience
from intake_api.evidence.queries import Shown
from shared.domain.evidence import EvidenceState, Remark, Variant
from shared.domain.lifecycle import is_public
from shared.http.wire import Answer
from shared.log import origin
from shared.schema import Evidence, Report

#: What each of them may fetch. The public gets what was written anew, and nothing else.
FETCHED = {
    Audience.PUBLIC: frozenset({Variant.PUBLIC, Variant.LARGE, Variant.SMALL}),
    Audience.OWN: frozenset(Variant),
    Audience.WORK: frozenset(Variant),
}


def may_fetch(audience: Audience, variant: Variant, one: Evidence, report: Report) -> bool:
    """What a camera or a program writes into a file leads to whoever has it: where they took it, whose device it is.
    So those who work on an anonymous or secret report get what was written anew, and its reporter alone the original;
    of any other report they get it where it says no more of when and where it was taken than its reporter has told.
    """
    if variant not in FETCHED[audience]:
        return False
    leads = variant is Variant.ORIGINAL and _by(one) is EvidenceBy.REPORTER
    hidden = origin.is_hidden(anonymous=report.anonymous, secret=report.secret)
    return not (audience is Audience.WORK and leads and (hidden or _says_what_nobody_told(one)))


def _says_what_nobody_told(one: Evidence) -> bool:
    """Where it says one of the two alone, which is sealed, it counts as both."""
    is_told = one.told_taken_at is not None and one.told_latitude is not None
    return Remark.TAGS_UNREADABLE in one.remarks or (one.said_sealed is not None and not is_told)


class EvidenceBy(StrEnum):
    REPORTER = auto()
    AGENCY = auto()
    ADMINISTRATOR = auto()


class EvidenceFile(Answer):
    variant: Variant = Field(description="The original, the copy for everybody, or one of two thumbnails.")
    media_type: str = Field(description="What it is.")
    size: int = Field(description="Its bytes.")
    width: int | None = Field(description="Of a picture, in pixels.")
    height: int | None = Field(description="Of a picture, in pixels.")
    href: str = Field(description="Where it is fetched, without a token, until `addresses_until`.")


class EvidenceEntry(Answer):
    """That a file was added to a report, and what became of it; where it is fetched, the list of evidence says."""

    id: UUID = Field(description="Of this evidence.")
    added_at: datetime = Field(description="When it was added.")
    by: EvidenceBy = Field(description="Who added it.")
    agency: str | None = Field(description="The code of the agency whose officer added it.")
    media_type: str = Field(description="What the file is, by its content.")
    size: int = Field(description="The bytes of the original.")
    sha256: str | None = Field(
        description="The SHA-256 of the original, as the log says it; null for the public, and once it is erased."
    )
    state: EvidenceState = Field(
        description="Until it is `ready` nothing of it can be fetched: it is being looked at. More values may be added."
    )
    reason: str | None = Field(description="The code of why it was refused.")


class EvidenceItem(EvidenceEntry):
    """A file that was added to a report."""

    files: list[EvidenceFile] = Field(description="What can be fetched.")


class EvidenceList(Answer):
    """What was added to a report, in the order in which it came."""

    items: list[EvidenceItem] = Field(description="Each file; for the public, those that a verifier released.")
    addresses_until: datetime = Field(description="Until when the addresses are good; ask again for new ones.")


@dataclass(frozen=True, slots=True)
class Viewing:
    """For whom evidence is listed."""

    audience: Audience
    addresses: Addresses
    root_path: str
    now: datetime


async def list_of(session: AsyncSession, report: Report, viewing: Viewing) -> EvidenceList:
    until = viewing.addresses.until(viewing.now)
    found = await _seen(session, report, viewing.audience)
    shown = await queries.shown(session, [one.id for one in found if one.state is EvidenceState.READY])
    items = [_item(one, report, shown.get(one.id, ()), viewing, until) for one in found]
    return EvidenceList(items=items, addresses_until=until)


async def own_entries(session: AsyncSession, report_id: UUID) -> list[EvidenceEntry]:
    """For the reporter, without addresses: the document that they take home says it, too."""
    return [EvidenceEntry(**_said(one)) for one in await queries.evidence_of(session, report_id)]


async def _seen(session: AsyncSession, report: Report, audience: Audience) -> Sequence[Evidence]:
    """Of a report that is not public everybody else sees nothing, not even that there is something."""
    if audience is not Audience.PUBLIC:
        return await queries.evidence_of(session, report.id)
    public = is_public(report.status, secret=report.secret, published=report.published_at is not None)
    return await queries.released(session, report.id) if public else ()


def _item(one: Evidence, report: Report, shown: Iterable[Shown], viewing: Viewing, until: datetime) -> EvidenceItem:
    said = _said(one)
    if viewing.audience is Audience.PUBLIC:
        said |= {"sha256": None, "added_at": one.added_at.replace(second=0, microsecond=0)}
    return EvidenceItem(**said, files=_files(one, report, shown, viewing, until))


def _said(one: Evidence) -> dict[str, Any]:
    return {
        "id": one.id,
        "added_at": one.added_at,
        "by": _by(one),
        "agency": one.agency_code,
        "media_type": one.media_type,
        "size": one.size,
        "sha256": None if one.file_digest is None else one.file_digest.hex(),
        "state": one.state,
        "reason": one.reason,
    }


def _by(one: Evidence) -> EvidenceBy:
    if one.added_by.partition(":")[0] == "reporter":
        return EvidenceBy.REPORTER
    return EvidenceBy.AGENCY if one.agency_code else EvidenceBy.ADMINISTRATOR


def _files(
    one: Evidence, report: Report, shown: Iterable[Shown], viewing: Viewing, until: datetime
) -> list[EvidenceFile]:
    return [
        EvidenceFile(**file._asdict(), href=_href(one, file, report, viewing, until))
        for file in shown
        if may_fetch(viewing.audience, file.variant, one, report)
    ]


def _href(one: Evidence, file: Shown, report: Report, viewing: Viewing, until: datetime) -> str:
    address = Address(one.id, file.variant, viewing.audience, int(until.timestamp()))
    return viewing.addresses.make(address, report, root_path=viewing.root_path)
