"""Evidence: files that prove something, and how they come in. Written by intake_api. See docs/evidence.md."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.evidence import EvidenceState, Variant
from shared.schema.base import Model, str_enum


class StoredFile(Model):
    """The content of a file, stored once, sealed under a key of its own. What points to nothing is collected.

    `location` is random: whoever sees the store learns of no file that it is there, and a file that comes again while
    it is being removed gets another one.
    """

    __tablename__ = "files"

    digest: Mapped[bytes] = mapped_column(primary_key=True)  # SHA-256 of the content
    size: Mapped[int] = mapped_column(BigInteger)  # bytes of the content
    location: Mapped[str]
    wrapped_key: Mapped[bytes]  # what the content is sealed under
    key_id: Mapped[str]  # of the ring: what wrapped_key is wrapped with
    stored_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("size > 0", name="size"),
        UniqueConstraint("location"),
        Index("files_stored_at_idx", "stored_at"),
    )


class Upload(Model):
    """A file on its way in, or one that has arrived and proves nothing yet. Goes when its time is over.

    Whoever has no token is known by the id alone, which is random: it stands in the address that the creation answers.
    """

    __tablename__ = "uploads"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str | None]  # role:sub of the token; null: whoever knows the id
    owner_agency: Mapped[str | None]
    reference_hash: Mapped[bytes | None]  # of the app's account, as reports.reporter_reference_hash
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))  # that it is for, where that was named
    length: Mapped[int | None] = mapped_column(BigInteger)  # bytes; null: not said yet
    received: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))  # bytes that are stored
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))  # in order
    writer: Mapped[UUID | None]  # the request that may add to it: a later one takes its place
    metadata_sealed: Mapped[bytes | None]  # what the client said of it and by what right, under the key of the upload
    wrapped_key: Mapped[bytes]
    key_id: Mapped[str]
    file_digest: Mapped[bytes | None] = mapped_column(ForeignKey("files.digest"))  # once it is whole
    media_type: Mapped[str | None]  # by its content, once it is whole
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"))  # once it proves something
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("received >= 0 AND (length IS NULL OR received <= length)", name="received"),
        Index("uploads_expires_at_idx", "expires_at"),
        Index("uploads_report_id_idx", "report_id", postgresql_where=text("report_id IS NOT NULL")),
        Index("uploads_file_digest_idx", "file_digest", postgresql_where=text("file_digest IS NOT NULL")),
        Index("uploads_evidence_id_idx", "evidence_id", postgresql_where=text("evidence_id IS NOT NULL")),
    )


class Evidence(Model):
    """A file that belongs to a report. `state` and what stands below it: what became of it when it was looked at."""

    __tablename__ = "evidence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    file_digest: Mapped[bytes | None] = mapped_column(ForeignKey("files.digest"))  # the original; null: erased
    media_type: Mapped[str]  # by its content
    size: Mapped[int] = mapped_column(BigInteger)  # bytes of the original
    added_by: Mapped[str]  # role:sub, as in the events
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))  # of an officer; null: a reporter
    added_at: Mapped[datetime]

    state: Mapped[EvidenceState] = mapped_column(
        str_enum(EvidenceState, "state"), server_default=EvidenceState.WAITING.value
    )
    reason: Mapped[str | None]  # a code: why it was refused
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())  # when a worker takes it next
    processed_at: Mapped[datetime | None]
    remarks: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))  # for the verifier, codes
    covering: Mapped[int] = mapped_column(server_default=text("0"))  # of its review: what the public's copy has of it
    # When and where it was taken, as the file says: under the key of the original, for the reporter alone; and in clear
    # what the reporter has told those who work on it.
    said_sealed: Mapped[bytes | None]
    told_taken_at: Mapped[str | None]  # as a camera writes it: often without a time zone
    told_latitude: Mapped[float | None]
    told_longitude: Mapped[float | None]

    __table_args__ = (
        UniqueConstraint("report_id", "file_digest"),
        Index("evidence_report_id_idx", "report_id", "added_at"),
        Index("evidence_file_digest_idx", "file_digest", postgresql_where=text("file_digest IS NOT NULL")),
        Index("evidence_waiting_idx", "due_at", postgresql_where=text("state = 'waiting'")),
    )


class Rendition(Model):
    """What was made of evidence, to be shown: itself a file."""

    __tablename__ = "renditions"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    variant: Mapped[Variant] = mapped_column(str_enum(Variant, "variant"), primary_key=True)
    file_digest: Mapped[bytes] = mapped_column(ForeignKey("files.digest"))
    media_type: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    made_at: Mapped[datetime]

    __table_args__ = (Index("renditions_file_digest_idx", "file_digest"),)
