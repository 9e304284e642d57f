"""Reports and what comes in with them. Written by intake_api; three tables say what others write in them, too."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, UniqueConstraint, case, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Level, Status
from shared.schema.base import Model, str_enum


class Reporter(Model):
    """Who reported: kept apart from the report, sealed, and shown to hardly anybody. See docs/identities.md."""

    __tablename__ = "reporters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # In clear: no longer written, and emptied by intake_api and `lapor keys rewrap`; the release after this one takes
    # them away.
    name: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    national_id: Mapped[str | None]
    sealed_name: Mapped[bytes | None]
    sealed_phone: Mapped[bytes | None]
    sealed_email: Mapped[bytes | None]
    sealed_national_id: Mapped[bytes | None]
    wrapped_key: Mapped[bytes | None]  # of this row: what the four are sealed under
    key_id: Mapped[str | None]  # of the ring: what wrapped_key is wrapped with
    phone_index: Mapped[bytes | None]  # keyed digests: found, and never read
    email_index: Mapped[bytes | None]
    index_key_id: Mapped[str | None]

    __table_args__ = (
        Index("reporters_phone_index_idx", "phone_index", postgresql_where=text("phone_index IS NOT NULL")),
        Index("reporters_email_index_idx", "email_index", postgresql_where=text("email_index IS NOT NULL")),
        # What is still to be sealed.
        Index(
            "reporters_clear_idx",
            "id",
            postgresql_where=text("num_nonnulls(name, phone, email, national_id) > 0"),
        ),
    )


class IdentityLook(Model):
    """Who reported was handed to routing_service for somebody. Append-only: a trigger refuses every change.

    intake_api's own record, beside the event that routing_service writes of the same look.
    """

    __tablename__ = "identity_looks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    actor: Mapped[str]  # role:sub, as in the events
    agency_code: Mapped[str | None]
    national_id: Mapped[bool]  # whether the NIK was handed over, too
    request_id: Mapped[str | None]  # as in the logs of both services
    looked_at: Mapped[datetime]

    __table_args__ = (Index("identity_looks_report_id_idx", "report_id", "looked_at"),)


class Report(Model):
    """One citizen's submission. Written by intake_api (insert; `access_code_hash` when a slip is made; words, place and
    origin when they are erased) and routing_service (update of the second group).
    """

    __tablename__ = "reports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tracking_number: Mapped[str]
    access_code_hash: Mapped[bytes]
    title: Mapped[str]
    body: Mapped[str]
    salt: Mapped[bytes]  # of the words, and goes with them
    private_salt: Mapped[bytes] = mapped_column(server_default=text("uuid_send(gen_random_uuid())"))  # stays here
    occurred_on: Mapped[date | None]
    location_text: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    target_agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    channel: Mapped[Channel]
    client_id: Mapped[str]
    external_reference: Mapped[str | None]
    entered_by: Mapped[str | None]
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("reporters.id"))
    reporter_reference_hash: Mapped[bytes | None]
    imported: Mapped[bool] = mapped_column(server_default=text("false"))
    received_at: Mapped[datetime]
    recorded_at: Mapped[datetime]

    # Inserted by intake_api, updated by routing_service alone.
    classification: Mapped[Classification]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    subject_code: Mapped[str | None]  # see shared/domain/subjects.py
    anonymous: Mapped[bool]
    secret: Mapped[bool]
    supervisory: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[Status] = mapped_column(server_default=Status.RECEIVED.value)
    holder_level: Mapped[Level] = mapped_column(server_default=Level.NATIONAL.value)
    holder_agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))  # assigned to answer
    verified_title: Mapped[str | None]  # what the verifier made of the title
    found_region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))  # by routing, if it is sure
    set_region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))  # by an officer
    shown_region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))  # what strangers learn of both
    published_at: Mapped[datetime | None]  # first forwarded or assigned: title, region, agency may be public
    held_from: Mapped[Status | None] = mapped_column(str_enum(Status, "held_from"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))  # an older one about the same thing
    merged_from: Mapped[Status | None] = mapped_column(str_enum(Status, "merged_from"))
    merged_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    # As everybody else may know it (docs/public-view.md): what is shown, compared, sorted or searched for whoever does
    # not work on the report comes from these and never from the exact columns.
    place_latitude: Mapped[float | None] = mapped_column(
        Computed("round(latitude * 100::double precision) / 100::double precision", persisted=True)
    )
    place_longitude: Mapped[float | None] = mapped_column(
        Computed("round(longitude * 100::double precision) / 100::double precision", persisted=True)
    )
    public_region_code: Mapped[str | None] = mapped_column(
        Computed("CASE WHEN latitude IS NULL THEN region_code ELSE left(region_code, 8) END", persisted=True)
    )

    # Where it is about: what every list, filter and tally goes by, for those who work on it and for everybody. The
    # clocks keep what was known at the receipt, `region_code`. As SQL in shared/queries/regions.py.
    about_region_code: Mapped[str | None] = column_property(
        func.coalesce(set_region_code, found_region_code, region_code)
    )
    # Not COALESCE: beneath row-level security PostgreSQL asks no index for what is compared with one.
    seen_region_code: Mapped[str | None] = column_property(
        case((shown_region_code.is_(None), public_region_code), else_=shown_region_code)
    )

    __table_args__ = (
        CheckConstraint("(holder_level = 'national') = (holder_agency_code IS NULL)", name="holder"),
        CheckConstraint(
            "num_nonnulls(merged_into, merged_from, merged_at) = CASE status WHEN 'merged' THEN 3 ELSE 0 END",
            name="merged",
        ),
        CheckConstraint("merged_into <> id", name="merged_into_another"),
        UniqueConstraint("tracking_number"),
        Index(
            "reports_client_id_external_reference_key",
            "client_id",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference IS NOT NULL"),
        ),
        Index(
            "reports_reporter_reference_hash_idx",
            "reporter_reference_hash",
            "received_at",
            postgresql_where=text("reporter_reference_hash IS NOT NULL"),
        ),
        # The work list of an agency's line, newest first.
        Index("reports_holder_agency_code_idx", "holder_agency_code", "received_at"),
        # The work list of the whole country, newest first.
        Index("reports_received_at_idx", "received_at", "id"),
        # What waits at a desk, and at the national level, which has no agency; who holds it is in the index.
        Index(
            "reports_open_idx",
            "holder_agency_code",
            "status",
            postgresql_include=["id", "holder_level"],
            postgresql_where=text(
                "status IN ('answered', 'assigned', 'awaiting_reporter', 'in_progress', 'received', 'verified')"
            ),
        ),
        Index("reports_agency_code_idx", "agency_code", "received_at"),
        Index("reports_status_received_at_idx", "status", "received_at"),
        # What was updated since, for whoever keeps a copy.
        Index(
            "reports_published_idx",
            text("received_at DESC"),
            text("id DESC"),
            postgresql_where=text(
                "published_at IS NOT NULL AND NOT secret AND status NOT IN ('archived', 'withdrawn', 'merged')"
            ),
        ),
        Index(
            "reports_about_region_idx",
            text("COALESCE(set_region_code, found_region_code, region_code) text_pattern_ops"),
        ),
        Index(
            "reports_seen_region_idx",
            text(
                "(CASE WHEN shown_region_code IS NULL THEN public_region_code ELSE shown_region_code END)"
                " text_pattern_ops"
            ),
            postgresql_where=text(
                "published_at IS NOT NULL AND NOT secret AND status NOT IN ('archived', 'withdrawn', 'merged')"
            ),
        ),
        Index("reports_merged_into_idx", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        # What is near, for whoever looks for the same trouble, and for the public list.
        Index(
            "reports_place_idx",
            "place_latitude",
            "place_longitude",
            postgresql_where=text("place_latitude IS NOT NULL AND status NOT IN ('archived', 'withdrawn', 'merged')"),
        ),
    )


class Support(Model):
    """Somebody whom a report of another concerns as well.

    No event: a hundred supporters must not make an officer's If-Match fail a hundred times.
    """

    __tablename__ = "report_supports"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    supporter_hash: Mapped[bytes] = mapped_column(primary_key=True)  # as reports.reporter_reference_hash
    supported_at: Mapped[datetime]

    __table_args__ = (Index("report_supports_supporter_hash_idx", "supporter_hash", "supported_at"),)


class SupportEntry(Model):
    """A support that was given or taken back, in the chain of its report. Append-only: a trigger refuses every change.

    What row of `report_supports` has no entry, nobody gave: see shared/log/support_log.py.
    """

    __tablename__ = "support_log"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # given or withdrawn
    supporter: Mapped[str]  # a digest, salted by the report
    recorded_at: Mapped[datetime]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class SupportChain(Model):
    """The head of the chain of a report's supports: the last entry, and how many support it now."""

    __tablename__ = "support_chains"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]
    supports: Mapped[int]


class Message(Model):
    """Words of a reporter, an agency or an administrator about a report, erasable without touching the log.

    Written by intake_api (kinds of a reporter) and routing_service (the others).
    """

    __tablename__ = "messages"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    kind: Mapped[str]  # see shared/domain/messages.py
    body: Mapped[str]
    public_body: Mapped[str | None]  # of an official answer: with the people in it masked
    masks: Mapped[Any | None] = mapped_column(JSONB)  # of public_body: as in public_texts
    masking: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))  # of public_body; 0: not recorded
    salt: Mapped[bytes]
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    author: Mapped[str]  # role:sub, as in the events
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))  # the response that this one puts right
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("messages_report_id_idx", "report_id", "created_at"),
        Index("messages_corrects_key", "corrects", unique=True, postgresql_where=text("corrects IS NOT NULL")),
        Index("messages_kind_idx", "kind", "masking"),  # official answers that an older masking made
    )


class IdempotencyKey(Model):
    """A POST with an Idempotency-Key that was answered. Appended to by all, purged by intake_api.

    Holds nobody's words: see shared/http/idempotency.py.
    """

    __tablename__ = "idempotency_keys"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)  # of caller, agency, operation and key
    request_hash: Mapped[bytes]  # keyed with what is not stored here
    report_id: Mapped[UUID | None]  # of a report, of which a repeat gets what the caller may see by then
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[str | None]  # no longer written; the release after this one takes it away
    sealed: Mapped[bytes | None]  # any other answer; opened by the key of the request alone
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("idempotency_keys_created_at_idx", "created_at"),)
