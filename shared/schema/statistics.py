"""What figures count. Written by sla_monitor: with the clocks of a report, in the same transaction.

Everything here follows from the log, and `lapor statistics rebuild` makes it anew.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Float, ForeignKey, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model

_IS_OPEN = "status NOT IN ('closed', 'archived', 'withdrawn', 'merged')"


class _Attributes:
    """By what figures are asked for: of a report, and of each of its deadlines."""

    received_on: Mapped[date]  # by the time zone of its place
    channel: Mapped[str]
    classification: Mapped[str]
    category: Mapped[str | None]
    region: Mapped[str | None]  # where it is about
    agency: Mapped[str | None]  # that answers it, else that holds it; none: the national level
    held_by: Mapped[str]  # the level of the holder
    secret: Mapped[bool]


class _Spell(_Attributes):
    """A time in which nothing that is counted of a report has changed. See sla_monitor/counting/fold.py."""

    seq: Mapped[int] = mapped_column(Integer)  # of the event that it begins with
    valid_from: Mapped[datetime]
    received_at: Mapped[datetime]
    entered_late: Mapped[bool]  # recorded on a later day than it was received on
    imported: Mapped[bool]
    supervisory: Mapped[bool]
    status: Mapped[str]
    verified_at: Mapped[datetime | None]  # here and below: first
    disposed_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # since when it is closed, archived, withdrawn or merged
    archive_reason: Mapped[str | None]
    responder: Mapped[str | None]  # the agency that responded first
    speed_seconds: Mapped[int | None] = mapped_column(Integer)  # from its first disposition to its first response
    speed_days: Mapped[int | None] = mapped_column(SmallInteger)  # the same in working days
    returns: Mapped[int] = mapped_column(SmallInteger)
    returner: Mapped[str | None]  # the agency that returned it last
    moves: Mapped[int] = mapped_column(SmallInteger)  # returns and redirections
    reopened: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int | None] = mapped_column(SmallInteger)  # of the last rating, 1 to 5
    evidence: Mapped[int] = mapped_column(SmallInteger)  # files of the reporter that stand
    automatic: Mapped[bool | None]  # whether no person disposed it first; none: nobody did
    stood: Mapped[bool | None]  # whether it was neither returned nor redirected since


class CountedReport(_Spell, Model):
    """A report as it is counted now: its last spell."""

    __tablename__ = "counted_reports"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)

    __table_args__ = (
        Index("counted_reports_received_on_idx", "received_on"),
        Index("counted_reports_agency_idx", "agency", "received_on"),
        Index("counted_reports_responder_idx", "responder", "received_on"),
        Index("counted_reports_open_idx", "received_on", postgresql_where=text(_IS_OPEN)),
    )


class CountedBefore(_Spell, Model):
    """A report as it was counted from `valid_from` until `valid_until`, that instant excluded."""

    __tablename__ = "counted_before"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    valid_until: Mapped[datetime]

    __table_args__ = (
        Index("counted_before_received_on_idx", "received_on"),
        Index("counted_before_agency_idx", "agency", "received_on"),
    )


class CountedStep(_Attributes, Model):
    """A deadline of a report, with what the report is by now.

    `valid_until`: a correction of the report's class, or a reopening, made it another one, which has a row of its own.
    """

    __tablename__ = "counted_steps"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    opened_seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # counts those events before it
    step_agency: Mapped[str | None]  # whose it is: when it ended, or now
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    cancelled: Mapped[bool]
    entered_late: Mapped[bool]  # it was due before it was recorded at all

    __table_args__ = (
        Index("counted_steps_stage_idx", "stage", "received_on"),
        Index("counted_steps_step_agency_idx", "step_agency", "received_on"),
    )


class FigureMark(Model):
    """Something of the reports received in this month has changed: their sums are to be made anew."""

    __tablename__ = "figure_marks"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    first_day: Mapped[date]  # of the month


class FigureMonth(Model):
    """A month of receipt whose reports are added up."""

    __tablename__ = "figure_months"

    first_day: Mapped[date] = mapped_column(primary_key=True)
    changes_at: Mapped[datetime | None]  # when a deadline passes, so that the sums are others without any event


class FigureSum(Model):
    """How many reports of a month, or deadlines of them, meet each condition of the catalogue of indicators.

    `stage`: empty for reports, `*` for deadlines of all stages. `key` is empty for what has none.
    """

    __tablename__ = "figure_sums"

    told_by: Mapped[str] = mapped_column(primary_key=True)  # a column of what is counted, or `all`
    stage: Mapped[str] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[list[int]] = mapped_column(ARRAY(Integer))  # in the order of sla_monitor/sums/terms.py
    sums: Mapped[list[float]] = mapped_column(ARRAY(Float))  # of the values of means


class FigureSpread(Model):
    """Of a mean: what half of its cases, and nine of ten, do not exceed. Of a month of receipt or a year."""

    __tablename__ = "figure_spreads"

    indicator: Mapped[str] = mapped_column(primary_key=True)
    told_by: Mapped[str] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    median: Mapped[float]
    p90: Mapped[float]


class FigureState(Model):
    """As of when all sums are. One row."""

    __tablename__ = "figure_state"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # 1
    as_of: Mapped[datetime]
    terms: Mapped[str]  # the digest of the conditions that were counted
    seconds: Mapped[float]  # that the last sums took which were made anew


class DocumentMail(Model):
    """A document of a month that an officer was mailed; it goes out once."""

    __tablename__ = "document_mails"

    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officers.id"), primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)  # of the month
    settled_at: Mapped[datetime]
    error: Mapped[str | None]  # why it was refused to the end; none: it was sent
