"""SQL of Open311. Keys and categories are read of the registry; of reports only what is public."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, Uuid, cast, delete, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from intake_api.channels.open311.reading import UNCATEGORISED
from intake_api.reports.queries import PUBLISHED, below
from shared import ids
from shared.domain.accounts import AccountKind, AccountState
from shared.domain.clocks import ClockState
from shared.domain.lifecycle import Status
from shared.domain.messages import OFFICIAL
from shared.log.events import EventType
from shared.queries.agency_names import name_at
from shared.queries.standings import AGENCY, IN_SERVICE, ROLE, of_accounts
from shared.queries.supports import SUPPORTS
from shared.queries.terms import is_in_service
from shared.schema import (
    Account,
    Agency,
    Category,
    ClientSecret,
    Clock,
    EventRow,
    MediaLink,
    Message,
    Policy,
    PublicText,
    Region,
    Report,
)

#: The deadline by which people count.
RESOLUTION = "resolution"
_GROUP = aliased(Category)
_OWNERS = of_accounts(Account.id, Account.scopes, ROLE, AGENCY).join(
    ClientSecret, ClientSecret.account_id == Account.id
)


async def owner_of_key(session: AsyncSession, digest: bytes) -> Row[Any] | None:
    """The system whose secret it is, as it is at this moment: role, agency, scopes. There are a few hundred secrets."""
    lives = or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > func.now())
    stands = Account.kind == AccountKind.SYSTEM, Account.state == AccountState.ACTIVE, IN_SERVICE
    return (await session.execute(_OWNERS.where(ClientSecret.secret_hash == digest, lives, *stands))).one_or_none()


async def services(session: AsyncSession, *, today: date, code: str | None = None) -> Sequence[Row[Any]]:
    """The categories that a report can have, with the labels above them."""
    statement = (
        select(
            Category.code, Category.label_id, Category.label_en, Category.needs_evidence,
            _GROUP.label_id.label("group_id"), _GROUP.label_en.label("group_en"),
        )
        .outerjoin(_GROUP, _GROUP.code == Category.parent_code)
        .where(is_in_service(Category, today))
        .order_by(Category.code)
    )  # fmt: skip
    if code is not None:
        statement = statement.where(Category.code == code)
    return (await session.execute(statement)).all()


async def agency_exists(session: AsyncSession, code: str) -> bool:
    return await session.scalar(select(Agency.code).where(Agency.code == code)) is not None


async def number_of(session: AsyncSession, report_id: UUID) -> str | None:
    found: str | None = await session.scalar(select(Report.tracking_number).where(Report.id == report_id))
    return found


@dataclass(frozen=True, slots=True)
class Sought:
    """`numbers`: these reports, whatever else was asked for. Received from `begin` on and before `end`."""

    numbers: Sequence[str] | None
    services: Sequence[str] | None
    statuses: Sequence[Status] | None
    jurisdiction: str | None
    begin: datetime | None
    end: datetime | None


#: Of each report that a statement selects the last deadline for the resolution, by the primary key of clocks, and the
#: newest official answer.
_DUE = (
    select(Clock.due_at, Clock.days, Clock.policy_code)
    .where(Clock.report_id == Report.id, Clock.stage == RESOLUTION, Clock.state != ClockState.CANCELLED)
    .order_by(Clock.opened_seq.desc())
    .limit(1)
    .correlate(Report)
    .lateral("due")
)
_NOTES = (
    select(Message.public_body)
    .where(Message.report_id == Report.id, Message.kind.in_(sorted(OFFICIAL)))
    .order_by(Message.created_at.desc(), Message.id.desc())
    .limit(1)
    .correlate(Report)
    .lateral("notes")
)
_UNIT = Policy.document["stages"][RESOLUTION]["limits"][0]["unit"].astext
_COLUMNS = (
    Report.id, Report.tracking_number, Report.status, Report.classification, PublicText.title, PublicText.body,
    Report.category_code, Category.label_id, Category.label_en, Report.agency_code,
    name_at(Report.received_at).label("agency_name"), Report.seen_region_code.label("region_code"),
    Report.received_at, Report.place_latitude, Report.place_longitude, _NOTES.c.public_body.label("notes"),
    _DUE.c.due_at, _DUE.c.days.label("due_days"), _DUE.c.policy_code.label("due_policy"),
)  # fmt: skip


async def published(
    session: AsyncSession, sought: Sought, *, limit: int, offset: int, with_supports: bool
) -> Sequence[Row[Any]]:
    """Public reports, the newest first: a page along `reports_published_idx`, and what is told of that alone."""
    newest_first = Report.received_at.desc(), Report.id.desc()
    page = select(Report.id).where(PUBLISHED, *_conditions(sought)).order_by(*newest_first).limit(limit).offset(offset)
    asked = page.subquery("page")
    statement = (
        select(*_COLUMNS, *((SUPPORTS,) if with_supports else ()))
        .join(asked, asked.c.id == Report.id)
        .outerjoin(PublicText, PublicText.report_id == Report.id)
        .outerjoin(Category, Category.code == Report.category_code)
        .outerjoin(Agency, Agency.code == Report.agency_code)
        .outerjoin(_DUE, true())
        .outerjoin(_NOTES, true())
        .order_by(*newest_first)
    )
    return (await session.execute(statement)).all()


async def units_of(session: AsyncSession, policies: Collection[str]) -> dict[str, str | None]:
    """In what each policy counts the resolution."""
    if not policies:
        return {}
    rows = await session.execute(select(Policy.code, _UNIT).where(Policy.code.in_(policies)))
    return dict(rows.tuples().all())


def _conditions(sought: Sought) -> Iterable[ColumnElement[bool]]:
    if sought.jurisdiction is not None:
        yield Report.agency_code.in_(below(Agency, sought.jurisdiction))
    if sought.numbers is not None:
        yield Report.tracking_number.in_(sought.numbers)
        return
    if sought.services is not None:
        known = [code for code in sought.services if code != UNCATEGORISED]
        none = Report.category_code.is_(None)
        named = Report.category_code.in_(known)
        yield or_(named, none) if UNCATEGORISED in sought.services else named
    if sought.statuses is not None:
        yield Report.status.in_(sought.statuses)
    if sought.begin is not None:
        yield Report.received_at >= sought.begin
    if sought.end is not None:
        yield Report.received_at < sought.end


async def names_around(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    """Of regions and of all that they lie in."""
    wanted = {code.rsplit(".", up)[0] for code in codes for up in range(code.count(".") + 1)}
    rows = await session.execute(select(Region.code, Region.name).where(Region.code.in_(wanted)))
    return {row.code: row.name for row in rows}


#: What the public sees happen.
TOLD = (
    EventType.REPORT_ASSIGNED, EventType.REPORT_REDIRECTED, EventType.REPORT_RESPONDED, EventType.REPORT_ANSWERED,
    EventType.REPORT_REOPENED, EventType.REPORT_CLOSED,
)  # fmt: skip
_THEN = func.coalesce(EventRow.data["to"].as_string(), cast(Report.status, Text))
_SAID = cast(EventRow.data["message"].as_string(), Uuid)


async def updates(
    session: AsyncSession, *, begin: datetime, end: datetime, numbers: Sequence[str] | None, jurisdiction: str | None,
    limit: int, offset: int,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Of reports that are public now, the oldest first, by the index on recorded_at. An answer waits until it is
    masked.
    """
    statement = (
        select(
            EventRow.id, EventRow.type, EventRow.recorded_at, _THEN.label("status"),
            Report.tracking_number, Message.public_body,
        )
        .join(Report, Report.id == EventRow.report_id)
        .outerjoin(Message, Message.id == _SAID)
        .where(
            EventRow.recorded_at >= begin, EventRow.recorded_at < end, EventRow.type.in_(TOLD), PUBLISHED,
            or_(_SAID.is_(None), Message.public_body.is_not(None)),
        )
        .order_by(EventRow.recorded_at, EventRow.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if numbers is not None:
        statement = statement.where(Report.tracking_number.in_(numbers))
    if jurisdiction is not None:
        statement = statement.where(Report.agency_code.in_(below(Agency, jurisdiction)))
    return (await session.execute(statement)).all()


async def add_link(
    session: AsyncSession, report_id: UUID, url: str, *, owner: str, agency: str | None, now: datetime
) -> None:
    """Each once for a report, by the unique key."""
    row = {
        "id": ids.new_id(), "report_id": report_id, "url": url, "url_hash": sha256(url.encode()).digest(),
        "owner": owner, "owner_agency": agency, "due_at": now,
    }  # fmt: skip
    await session.execute(insert(MediaLink).values(row).on_conflict_do_nothing())


async def claim_link(session: AsyncSession, *, now: datetime, until: datetime) -> MediaLink | None:
    """What is due first; others pass it over, and nobody takes it again before `until`."""
    due = select(MediaLink.id).where(MediaLink.due_at <= now).order_by(MediaLink.due_at).limit(1)
    claimed = (
        update(MediaLink)
        .where(MediaLink.id == due.with_for_update(skip_locked=True).scalar_subquery())
        .values(due_at=until, attempts=MediaLink.attempts + 1)
        .returning(MediaLink)
    )
    return (await session.scalars(claimed)).one_or_none()


async def put_off(session: AsyncSession, link_id: UUID, due_at: datetime) -> None:
    await session.execute(update(MediaLink).where(MediaLink.id == link_id).values(due_at=due_at))


async def forget_link(session: AsyncSession, link_id: UUID) -> None:
    await session.execute(delete(MediaLink).where(MediaLink.id == link_id))
