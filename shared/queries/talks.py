"""Pages of what was said about a report: newest first, bounded in number and in characters.

Whose view it is decides which messages are its sources and in which words; here is how a page of them is read. No
statement reads the words of more messages than the page shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from shared.domain.evidence import EvidenceState
from shared.errors import bad_cursor
from shared.schema import Evidence, EvidenceReview, Message, MessageEvidence

#: So many messages stand in the view of a report and in the answer to an act; the others are asked for by pages.
SHOWN = 50
#: With so many characters a page is full, however few messages it has. It has at least one.
CHARACTERS = 128 * 1024

#: (created_at, id) of a message: those before it are older.
Position = tuple[datetime, UUID]


def _corrected_by() -> ScalarSelect[UUID]:
    """By the unique index on `corrects`."""
    later = aliased(Message)
    return select(later.id).where(later.corrects == Message.id).correlate(Message).scalar_subquery()


def _corrects_at() -> ScalarSelect[datetime]:
    first = aliased(Message)
    return select(first.created_at).where(first.id == Message.corrects).correlate(Message).scalar_subquery()


def _shown_with(*which: ColumnElement[bool]) -> ColumnElement[list[UUID]]:
    """The files that a message is shown with, of those that are ready. By the primary key of message_evidence."""
    ids = func.array_agg(aggregate_order_by(MessageEvidence.evidence_id, MessageEvidence.evidence_id))
    found = (
        select(ids)
        .join(Evidence, Evidence.id == MessageEvidence.evidence_id)
        .where(MessageEvidence.message_id == Message.id, Evidence.state == EvidenceState.READY, *which)
        .correlate(Message)
        .scalar_subquery()
    )
    return func.coalesce(found, text("'{}'::uuid[]"))


#: Everybody may see it, and its public copy has what was blackened last.
_RELEASED = exists().where(
    EvidenceReview.evidence_id == Evidence.id, EvidenceReview.released, EvidenceReview.covering == Evidence.covering
)


@dataclass(frozen=True, slots=True)
class Talk:
    """`sources`: conditions that no message meets twice; of the messages of each a row says the number."""

    sources: Sequence[ColumnElement[bool]]
    words: InstrumentedAttribute[Any]

    def page(self, *, before: Position | None, limit: int) -> Select[Any]:
        """Rows with `preceding`, how many characters the newer ones have, and `fetched`, how many rows were read."""
        parts = [self._part(number, before=before, limit=limit) for number in range(len(self.sources))]
        found = parts[0].subquery() if len(parts) == 1 else union_all(*parts).subquery()
        newest = (found.c.created_at.desc(), found.c.id.desc())
        top = select(found).order_by(*newest).limit(limit).subquery()
        newest = (top.c.created_at.desc(), top.c.id.desc())
        preceding = func.sum(func.length(top.c.words)).over(order_by=newest, rows=(None, -1))
        return select(
            top, func.coalesce(preceding, 0).label("preceding"), func.count().over().label("fetched")
        ).order_by(*newest)

    def _part(self, number: int, *, before: Position | None, limit: int) -> Select[Any]:
        """By the index on (report_id, created_at)."""
        statement = (
            select(
                Message.id, Message.kind, self.words.label("words"), Message.author, Message.agency_code,
                Message.created_at, Message.corrects, _corrects_at().label("corrects_at"),
                _corrected_by().label("corrected_by"), literal(number).label("source"),
                _shown_with().label("evidence"), _shown_with(_RELEASED).label("released_evidence"),
            )
            .where(self.sources[number])
            .order_by(Message.created_at.desc(), Message.id.desc())
            .limit(limit)
        )  # fmt: skip
        return statement if before is None else statement.where(self._older(before))

    def _older(self, place: Position) -> ColumnElement[bool]:
        return tuple_(Message.created_at, Message.id) < place

    def count(self, *, before: Position | None = None) -> Select[tuple[int]]:
        statement = select(func.count()).select_from(Message).where(or_(*self.sources))
        return statement if before is None else statement.where(self._older(before))


@dataclass(frozen=True, slots=True)
class TalkPage:
    """A page. `older`: whether there are any beyond it."""

    rows: Sequence[Row[Any]]
    older: bool

    @property
    def oldest(self) -> Position:
        last = self.rows[-1]
        return last.created_at, last.id


async def read_talk(
    session: AsyncSession, talk: Talk, *, before: Position | None = None, limit: int = SHOWN
) -> TalkPage:
    if not talk.sources:
        return TalkPage((), older=False)
    page = talk.page(before=before, limit=limit + 1).subquery()
    shown = select(page).where(page.c.preceding < CHARACTERS).order_by(page.c.created_at.desc(), page.c.id.desc())
    rows = (await session.execute(shown.limit(limit))).all()
    return TalkPage(rows, older=bool(rows) and rows[0].fetched > len(rows))


async def count_messages(session: AsyncSession, talk: Talk, *, before: Position | None = None) -> int:
    return int(await session.scalar(talk.count(before=before)) or 0) if talk.sources else 0


async def position_of(session: AsyncSession, talk: Talk, message_id: UUID) -> Position:
    """Where a page ended. Raises Invalid for a message that is not of this talk."""
    statement = select(Message.created_at, Message.id).where(Message.id == message_id, or_(*talk.sources))
    row = (await session.execute(statement)).one_or_none() if talk.sources else None
    if row is None:
        raise bad_cursor()
    return row.created_at, row.id


async def position_at(session: AsyncSession, talk: Talk, older: int) -> Position:
    """The same, by how many are older: for those to whom an id would tell the very millisecond. Raises Invalid."""
    statement = select(Message.created_at, Message.id).where(or_(*talk.sources))
    statement = statement.order_by(Message.created_at, Message.id).offset(older).limit(1)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise bad_cursor()
    return row.created_at, row.id
