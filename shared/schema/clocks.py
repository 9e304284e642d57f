"""Calendars, policies and what they make of reports. Written by sla_monitor."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.states import TaskState
from shared.schema.base import Model


class CalendarVersion(Model):
    """A version of the calendar of working days."""

    __tablename__ = "calendars"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    source: Mapped[str]
    decree: Mapped[str | None]  # the number of the joint decree (SKB 3 Menteri) that it follows
    weekend: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))  # ISO weekdays, 6 and 7
    active: Mapped[bool]  # neither active nor superseded: a draft
    superseded_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    based_on: Mapped[int | None] = mapped_column(ForeignKey("calendars.id"))
    created_by: Mapped[str | None]  # role:sub, as in the events
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("calendars_active_key", "active", unique=True, postgresql_where=text("active")),
        UniqueConstraint("name"),
    )


class CalendarYear(Model):
    """A year that a calendar covers; incomplete until its cuti bersama are loaded."""

    __tablename__ = "calendar_years"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    complete: Mapped[bool]


class CalendarDay(Model):
    """A day off."""

    __tablename__ = "calendar_days"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # holiday, cuti_bersama, regional
    province: Mapped[str] = mapped_column(primary_key=True, server_default=text("''"))  # '' everywhere
    name_id: Mapped[str]
    name_en: Mapped[str]


class Policy(Model):
    """A set of deadlines in force for reports received from a day on."""

    __tablename__ = "policies"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    legal_basis: Mapped[str]
    effective_from: Mapped[date | None]
    active: Mapped[bool]
    document: Mapped[Any] = mapped_column(JSONB)
    created_by: Mapped[str | None]  # role:sub, as in the events
    activated_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        # Which of two would be in force? Nobody could say.
        Index(
            "policies_effective_from_key",
            "effective_from",
            unique=True,
            postgresql_where=text("active"),
            postgresql_nulls_not_distinct=True,
        ),
    )


class AgencyLimit(Model):
    """A limit that an agency set itself, stricter than the policy's."""

    __tablename__ = "agency_limits"

    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger)  # in the unit of the policy
    legal_basis: Mapped[str | None]
    changed_by: Mapped[str]  # role:sub, as in the events
    changed_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("days > 0", name="days"),)


class Clock(Model):
    """A deadline of a report, as shared facts make it; replaced whenever they change.

    `step_at`, `step_code` ... are the ladder instants before the clock's stop; `next_step` counts from 1.
    """

    __tablename__ = "clocks"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    opened_seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger)
    agency_code: Mapped[str | None]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # unknown while an open pause moves it
    due_on: Mapped[date | None]
    days: Mapped[int | None] = mapped_column(SmallInteger)  # the limit, in the policy's unit
    stopped_at: Mapped[datetime | None]
    state: Mapped[str]  # see shared/domain/clocks.py
    outcome: Mapped[str]  # likewise; pending and past due reads as late
    on_due: Mapped[str]
    policy_code: Mapped[str]
    calendar_id: Mapped[int] = mapped_column(Integer)
    time_zone: Mapped[str]
    imported: Mapped[bool]
    opened_recorded_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]  # what is shown of it; none: before this was kept
    computed_seq: Mapped[int] = mapped_column(Integer)

    # The ladder, parallel arrays in ascending order of instants.
    step_code: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))  # working days after due; 0 is due
    step_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    step_level: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    step_kind: Mapped[list[str]] = mapped_column(ARRAY(Text))  # StepKind
    step_recipients: Mapped[list[str]] = mapped_column(ARRAY(Text))  # role names joined by a comma

    # Where the sweep stands: the first step not recorded yet, and what was recorded.
    next_step: Mapped[int | None] = mapped_column(SmallInteger)
    next_step_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))

    __table_args__ = (
        Index("clocks_next_step_at_idx", "next_step_at", postgresql_where=text("next_step_at IS NOT NULL")),
        Index("clocks_changed_at_idx", "changed_at", postgresql_where=text("state = 'running'")),
        Index(
            "clocks_running_due_at_idx",
            "due_at",
            postgresql_where=text("state = 'running' AND due_at IS NOT NULL"),
        ),
        # Of one kind, what ends first in the whole country, and whether it is at risk; ids follow the receipt.
        Index(
            "clocks_running_due_idx",
            "stage",
            "due_at",
            "report_id",
            postgresql_include=["started_at", "on_due"],
            postgresql_where=text("state = 'running' AND due_at IS NOT NULL"),
        ),
    )


class Recomputation(Model):
    """Clocks computed anew because a calendar, a policy or a limit changed.

    Its reports are taken in the order of their ids; `position` is the last one that is done.
    """

    __tablename__ = "recomputations"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]  # calendar, policy, limit
    reference: Mapped[str]  # the calendar's id, the policy's code, the agency's code and the stage
    selection: Mapped[Any] = mapped_column(JSONB)  # which reports
    state: Mapped[str] = mapped_column(server_default=TaskState.PENDING.value)  # TaskState
    total: Mapped[int | None] = mapped_column(Integer)  # reports; counted when it begins
    done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    moved: Mapped[int] = mapped_column(Integer, server_default=text("0"))  # clocks
    refused: Mapped[int] = mapped_column(Integer, server_default=text("0"))  # reports that could not be computed
    position: Mapped[UUID | None]
    requested_by: Mapped[str]  # role:sub, as in the events
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('calendar', 'policy', 'limit')", name="kind"),
        CheckConstraint("state IN ('pending', 'running', 'done')", name="state"),
        Index("recomputations_unfinished_idx", "id", postgresql_where=text("finished_at IS NULL")),
    )


class Simulation(Model):
    """What other rules would have made of reports of the past; no clock is stored.

    Its reports are taken in the order of their ids; `position` is the last one that is done, `result` what they add up
    to so far.
    """

    __tablename__ = "simulations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    requested_by: Mapped[str]  # role:sub, as in the events
    parameters: Mapped[Any] = mapped_column(JSON)  # as they were asked for
    rules: Mapped[Any] = mapped_column(JSON)  # the draft, as it was then
    state: Mapped[str] = mapped_column(server_default=TaskState.PENDING.value)  # TaskState
    total: Mapped[int | None] = mapped_column(Integer)  # reports; counted when it begins
    done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    refused: Mapped[int] = mapped_column(Integer, server_default=text("0"))  # reports that could not be computed
    position: Mapped[UUID | None]
    result: Mapped[Any] = mapped_column(JSONB)
    as_of: Mapped[datetime]  # what runs is late if it was due by then
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'running', 'done', 'failed')", name="state"),
        Index("simulations_unfinished_idx", "id", postgresql_where=text("finished_at IS NULL")),
    )
