"""What is derived from a report on its way to the agency that answers it. Written by routing_service."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model


class PublicText(Model):
    """What everybody may read of a report: its words with the people in them masked.

    `masks` are `{field, start, end, type, source, lifted}`: offsets into the original, which stays where it is. Whoever
    erases the words of a report erases this row as well.
    """

    __tablename__ = "public_texts"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    title: Mapped[str]  # of the verifier's title, once there is one
    body: Mapped[str]
    masks: Mapped[Any] = mapped_column(JSONB)
    masking: Mapped[int] = mapped_column(SmallInteger)  # which version of the machine's masking
    masked_at: Mapped[datetime]
    masked_by: Mapped[str]  # role:sub, as in the events
    made_at: Mapped[datetime | None]  # first; none: before this was kept
    renewals: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))  # that changed it and have no event
    renewed_at: Mapped[datetime | None]  # by the last of these
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            # What stands in the place of a mask, as in [nama], is no word that anybody looks for. The words of a text
            # with accents stand in it without them as well, as shared.domain.folding.searchable asks for them.
            r"""setweight(to_tsvector('indonesian'::regconfig,
                regexp_replace(title, '\[[a-z ]+\]'::text, ' '::text, 'g'::text)), 'A'::"char") ||
            setweight(to_tsvector('indonesian'::regconfig,
                regexp_replace(body, '\[[a-z ]+\]'::text, ' '::text, 'g'::text)), 'B'::"char") ||
            to_tsvector('indonesian'::regconfig, CASE
                WHEN ((title || body) ~ '[^\u0001-\u007f]'::text) THEN regexp_replace(regexp_replace(
                    NORMALIZE(((title || ' '::text) || body), NFKD), '\[[a-z ]+\]'::text, ' '::text, 'g'::text),
                    '[\u0300-\u036f]'::text, ''::text, 'g'::text)
                ELSE ''::text END)""",
            persisted=True,
        ),
    )

    __table_args__ = (
        Index("public_texts_search_idx", "search", postgresql_using="gin"),
        Index("public_texts_title_idx", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
        Index("public_texts_masking_idx", "masking"),
    )


class RoutingDecision(Model):
    """Why a report went, or would go, where."""

    __tablename__ = "routing_decisions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    event_id: Mapped[UUID]  # the event that asked for it, or that it led to
    decided_at: Mapped[datetime]
    actor: Mapped[str]
    automatic: Mapped[bool]
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    explanation: Mapped[Any] = mapped_column(JSONB)

    __table_args__ = (UniqueConstraint("report_id", "event_id"),)


class ReportWords(Model):
    """What officers find a report by: its own words, which is why nobody is shown this.

    Whoever erases the words of a report erases this row as well.
    """

    __tablename__ = "report_words"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    search: Mapped[Any] = mapped_column(TSVECTOR)

    __table_args__ = (Index("report_words_search_idx", "search", postgresql_using="gin"),)


class EvidenceReview(Model):
    """What everybody may see of a piece of evidence. Without a row: nothing.

    `covered` are `{left, top, width, height}` in pixels of the upright picture; intake_api blackens them in the
    public's copy, and shows none whose `covering` is not this one.
    """

    __tablename__ = "evidence_reviews"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    released: Mapped[bool]
    covered: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))
    covering: Mapped[int] = mapped_column(server_default=text("0"))  # counts the changes of `covered`
    changed_by: Mapped[str]  # role:sub, as in the events
    changed_at: Mapped[datetime]

    __table_args__ = (
        Index("evidence_reviews_report_id_idx", "report_id"),
        Index("evidence_reviews_covering_idx", "changed_at", postgresql_where=text("covering > 0")),
    )


class MessageEvidence(Model):
    """A file that an agency, or the national level, shows with its answer."""

    __tablename__ = "message_evidence"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))

    __table_args__ = (
        Index("message_evidence_evidence_id_idx", "evidence_id"),
        Index("message_evidence_report_id_idx", "report_id"),
    )


class Chore(Model):
    """What routing_service still has to do about a new report: decide where it goes, mask its text.

    The row goes when the work is stored.
    """

    __tablename__ = "chores"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    is_long: Mapped[bool]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("chores_due_idx", "task", "is_long", "next_attempt_at", "report_id"),)
