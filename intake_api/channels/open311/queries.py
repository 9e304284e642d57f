"""SQL of Open311. Keys and categories are read of the registry; of reports only what is public."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from intake_api.channels.open311.reading import UNCATEGORISED
from intake_api.reports.queries import PUBLISHED, below
from shared.domain.accounts import AccountKind, AccountState
from shared.domain.clocks import ClockState
from shared.domain.lifecycle import Status
from shared.domain.messages import OFFICIAL
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


def _due(column: Any) -> Any:
    """Of the last deadline for the resolution, by the primary key of clocks."""
    last = select(column).where(
        Clock.report_id == Report.id, Clock.stage == RESOLUTION, Clock.state != ClockState.CANCELLED
    )
    return last.order_by(Clock.opened_seq.desc()).limit(1).correlate(Report).scalar_subquery()


_NOTES = (
    select(Message.public_body)
    .where(Message.report_id == Report.id, Message.kind.in_(sorted(OFFICIAL)))
    .order_by(Message.created_at.desc(), Message.id.desc())
    .limit(1)
    .correlate(Report)
    .scalar_subquery()
)
_UNIT = Policy.document["stages"][RESOLUTION]["limits"][0]["unit"].astext
_COLUMNS = (
    Report.id, Report.tracking_number, Report.status, Report.classification, PublicText.title, PublicText.body,
    Report.category_code, Category.label_id, Category.label_en, Report.agency_code,
    name_at(Report.received_at).label("agency_name"), Report.seen_region_code.label("region_code"),
    Report.received_at, Report.place_latitude, Report.place_longitude, SUPPORTS, _NOTES.label("notes"),
    _due(Clock.due_at).label("due_at"), _due(Clock.days).label("due_days"),
    _due(Clock.policy_code).label("due_policy"),
    _due(select(_UNIT).where(Policy.code == Clock.policy_code).scalar_subquery()).label("due_unit"),
)  # fmt: skip


async def published(session: AsyncSession, sought: Sought, *, limit: int, offset: int) -> Sequence[Row[Any]]:
    """Public reports, the newest first, along `reports_published_idx`."""
    statement = (
        select(*_COLUMNS)
        .outerjoin(PublicText, PublicText.report_id == Report.id)
        .outerjoin(Category, Category.code == Report.category_code)
        .outerjoin(Agency, Agency.code == Report.agency_code)
        .where(PUBLISHED, *_conditions(sought))
        .order_by(Report.received_at.desc(), Report.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return (await session.execute(statement)).all()


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
