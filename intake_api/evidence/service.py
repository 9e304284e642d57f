"""Handing out files."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import kinds, queries
from intake_api.evidence.addresses import Address, Addresses, Audience
from intake_api.evidence.items import FETCHED, may_fetch
from intake_api.evidence.queries import Fetched
from shared.domain.evidence import Variant
from shared.domain.lifecycle import is_public
from shared.errors import NotFound

#: What a browser shows in its place; anything else is saved.
_SHOWN_INLINE = ("image/", "video/")


async def fetch(
    session: AsyncSession, address: Address, signature: str, addresses: Addresses, *, now: datetime
) -> Fetched:
    """Raises NotFound, Forbidden."""
    found = None
    if address.variant in FETCHED[address.audience]:
        found = await queries.fetched(session, address.evidence_id, address.variant)
    if found is None:
        raise _nothing()
    addresses.check(address, signature, found.report, now)
    if not may_fetch(address.audience, address.variant, found.evidence, found.report):
        raise _nothing()
    if address.audience is Audience.PUBLIC and not await _is_released(session, found):
        raise _nothing()
    return found


async def _is_released(session: AsyncSession, found: Fetched) -> bool:
    report = found.report
    if not is_public(report.status, secret=report.secret, published=report.published_at is not None):
        return False
    return any(one.id == found.evidence.id for one in await queries.released(session, report.id))


def disposition(found: Fetched, variant: Variant) -> str:
    """A name of ours: that of the sender is not even kept."""
    ending = kinds.ENDINGS.get(found.media_type, "bin")
    kind = "inline" if found.media_type.startswith(_SHOWN_INLINE) and variant is not Variant.ORIGINAL else "attachment"
    return f'{kind}; filename="{found.report.tracking_number}-{found.evidence.id.hex[-6:]}-{variant.value}.{ending}"'


def _nothing() -> NotFound:
    return NotFound("There is no such file, or it cannot be fetched now.", code="unknown_evidence")
