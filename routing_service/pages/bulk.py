"""One act on several reports: each is done whole, or not at all, and a sentence says of each why not."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages.acting import Act, carry_out
from routing_service.work.decisions.advice import Advising
from routing_service.work.desk.service import Errand
from shared.errors import DomainError
from shared.http.wire import etag
from shared.pages import answers
from shared.pages.seat import Sent

MOST = 50
_NUMBER = re.compile(r"[0-9]{5,10}")
_ACTS = frozenset({"archive", "dispose"})


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """`wrong`: why nothing was done with it."""

    number: str
    wrong: str | None


async def carry_out_all(session: AsyncSession, sent: Sent, advises: Advising, now: datetime) -> list[BulkOutcome]:
    """In the order of their numbers, so that two officers who do this at once lock them alike."""
    form = {name: sent.last(name) for name in ("act", "reason", "agency") if sent.last(name)}
    if form.get("act") not in _ACTS:
        return []
    outcomes = []
    for number, version in sorted(_chosen(sent))[:MOST]:
        errand = Errand(number, sent.seat.client, etag(version), now)
        try:
            async with session.begin_nested():
                await carry_out(Act(session, errand, form, advises, sent.seat.language))
            outcomes.append(BulkOutcome(number, None))
        except DomainError as error:
            outcomes.append(BulkOutcome(number, answers.sentence(error, sent.seat.language)))
    return outcomes


def _chosen(sent: Sent) -> set[tuple[str, int]]:
    found = set()
    for one in sent.all("report"):
        number, _, version = one.partition(":")
        if _NUMBER.fullmatch(number) and version.isascii() and version.isdecimal() and len(version) < 10:
            found.add((number, int(version)))
    return found
