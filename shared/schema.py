"""The one schema. `Written by` names the only service that may change a table (or a group of its columns).

Log tables (`events`, `chains`, `outbox`) are written by all, through shared/log/ alone.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    Double,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Level, Status
from shared.domain.officers import Language, NotificationState, OfficerRole


def str_enum(enum: type[StrEnum], name: str | None = None) -> Enum:
    """Store the value, as text with a CHECK; adding a member is one ALTER."""
    return Enum(
        enum,
        native_enum=False,
        length=24,
        create_constraint=True,
        name=name or enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: Text(),
        bytes: LargeBinary(),
        float: Double(),
        datetime: DateTime(timezone=True),
        date: Date(),
        Status: str_enum(Status),
        Level: str_enum(Level),
        Classification: str_enum(Classification),
        Channel: str_enum(Channel),
        OfficerRole: str_enum(OfficerRole, "officer_role"),
        Language: str_enum(Language),
        NotificationState: str_enum(NotificationState, "notification_state"),
    }


# --- the registry ----------------------------------------------------------------------------------------


class Region(Model):
    """A Kemendagri region: province, regency or city, district, village. Written by routing_service."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))

    __table_args__ = (Index("regions_parent_code_idx", "parent_code"),)


class Agency(Model):
    """Who answers: a node of the tree of instansi. The root of a tree is an instansi. Written by routing_service."""

    __tablename__ = "agencies"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    short_name: Mapped[str | None]
    kind: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    time_zone: Mapped[str]
    level: Mapped[str]  # national, province, regency_city, agency, unit, district, village
    duties: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # what rules call it by
    contacts: Mapped[Any] = mapped_column(JSONB, server_default=text("'{}'"))  # of the office, never of a person
    # Of an instansi, where an operator has switched it on; see docs/lifecycle.md.
    own_verification: Mapped[bool] = mapped_column(server_default=text("false"))
    automatic_assignment: Mapped[bool] = mapped_column(server_default=text("false"))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]  # the last day
    successor_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("parent_code <> code", name="parent_is_another"),
        CheckConstraint("successor_code <> code", name="successor_is_another"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
        CheckConstraint(
            "level IN ('national', 'province', 'regency_city', 'agency', 'unit', 'district', 'village')", name="level"
        ),
        Index("agencies_parent_code_idx", "parent_code"),
    )


class AgencyName(Model):
    """A name that an agency has lost after a day; its present one stands in `agencies`. Written by routing_service.

    On a day an agency had the name with the first `valid_to` from that day on, else its present one.
    """

    __tablename__ = "agency_names"

    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"), primary_key=True)
    valid_to: Mapped[date] = mapped_column(primary_key=True)  # the last day
    valid_from: Mapped[date | None]  # None: since ever
    name: Mapped[str]
    short_name: Mapped[str | None]

    __table_args__ = (CheckConstraint("valid_from <= valid_to", name="validity"),)


class Officer(Model):
    """Somebody whom escalations reach by mail. Written by routing_service.

    Without an agency: a national administrator or a supervisor.
    """

    __tablename__ = "officers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    role: Mapped[OfficerRole]
    name: Mapped[str]
    email: Mapped[str]
    language: Mapped[Language] = mapped_column(server_default=Language.ID.value)
    subject: Mapped[str | None]  # the `sub` of his tokens
    salt: Mapped[bytes] = mapped_column(server_default=text("uuid_send(gen_random_uuid())"))  # for registry_events
    last_active_at: Mapped[datetime | None]  # when he last acted on a report; to the hour
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("officers_subject_idx", "subject", postgresql_where=text("subject IS NOT NULL")),
        CheckConstraint("(role IN ('national_admin', 'supervisor')) = (agency_code IS NULL)", name="national"),
        # Who works for an agency in a role, and nobody twice.
        Index(
            "officers_agency_code_role_key",
            text("coalesce(agency_code, '')"),
            "role",
            text("lower(email)"),
            unique=True,
        ),
    )


class Category(Model):
    """A subject of reports. Written by routing_service."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    label_id: Mapped[str]
    label_en: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]  # the last day
    active: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (
        CheckConstraint("parent_code <> code", name="parent_is_another"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
        Index("categories_parent_code_idx", "parent_code"),
    )


class BoundarySet(Model):
    """Polygons of the regions of one level, as they were imported. Written by routing_service.

    All active sets are looked at together; no two of them have a polygon of the same region.
    """

    __tablename__ = "boundary_sets"

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    name: Mapped[str]
    source: Mapped[str]  # the file, and what is said of where it comes from
    level: Mapped[int] = mapped_column(SmallInteger)  # 1 provinces, 2 regencies and cities, 3 districts, 4 villages
    area_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))  # what they all lie in; none: the country
    regions: Mapped[int]
    missing: Mapped[int]  # regions of the area and level without a polygon
    repaired: Mapped[int]
    overlaps: Mapped[int]
    digest: Mapped[bytes]  # of regions and geometries: nothing is imported twice
    active: Mapped[bool] = mapped_column(server_default=text("false"))
    imported_by: Mapped[str]
    imported_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 4", name="level"), UniqueConstraint("digest"))


class Boundary(Model):
    """A region's polygon, WGS 84 in WKB. Written by routing_service, once."""

    __tablename__ = "boundaries"

    set_id: Mapped[int] = mapped_column(ForeignKey("boundary_sets.id"), primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)
    geometry: Mapped[bytes]
    square_metres: Mapped[float]
    repaired: Mapped[bool]
    fault: Mapped[str | None]  # what was wrong with it and was repaired

    __table_args__ = (CheckConstraint("repaired = (fault IS NOT NULL)", name="fault"),)


class BoundaryOverlap(Model):
    """Ground that two regions of a set claim, and whose it is taken to be. Written by routing_service, once."""

    __tablename__ = "boundary_overlaps"

    set_id: Mapped[int] = mapped_column(ForeignKey("boundary_sets.id"), primary_key=True)
    winner_code: Mapped[str] = mapped_column(primary_key=True)
    loser_code: Mapped[str] = mapped_column(primary_key=True)
    square_metres: Mapped[float]


class BoundaryActivation(Model):
    """When a set came into force or went out of it. Written by routing_service.

    `version` is that of the boundaries then, so that it can be told which sets a decision looked at.
    """

    __tablename__ = "boundary_activations"

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("boundary_sets.id"))
    active: Mapped[bool]
    version: Mapped[int] = mapped_column(BigInteger)
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]

    __table_args__ = (Index("boundary_activations_set_id_idx", "set_id"),)


class Version(Model):
    """How often a part of the reference data has changed. Counted by triggers, read by all.

    A process that keeps the part in memory compares this number to know whether it still has the newest.
    """

    __tablename__ = "versions"

    subject: Mapped[str] = mapped_column(primary_key=True)  # registry, boundaries
    number: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class StoredRuleSet(Model):
    """A version of the rules by which reports find their agency. Written by routing_service.

    Its rules change while it is a draft, and never again: a trigger refuses it.
    """

    __tablename__ = "rule_sets"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    note: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="draft")  # draft, active, retired
    based_on: Mapped[int | None] = mapped_column(ForeignKey("rule_sets.id"))
    replaced: Mapped[int | None] = mapped_column(ForeignKey("rule_sets.id"))  # what a rollback puts in force again
    created_by: Mapped[str]  # role:sub, as in the events
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    activated_by: Mapped[str | None]
    activated_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'active', 'retired')", name="state"),
        CheckConstraint("(state = 'draft') = (activated_at IS NULL)", name="activated"),
        # Two in force? Nobody could say which.
        Index("rule_sets_active_key", "state", unique=True, postgresql_where=text("state = 'active'")),
    )


class StoredRule(Model):
    """One rule of a set; the first that a report meets decides. Written by routing_service."""

    __tablename__ = "rules"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    rule_set_id: Mapped[int] = mapped_column(ForeignKey("rule_sets.id"))
    position: Mapped[int] = mapped_column(Integer)
    conditions: Mapped[Any] = mapped_column(JSONB)  # see routing_service/competence/rules/rule.py
    result: Mapped[Any] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(server_default="")
    legal_basis: Mapped[str | None]

    __table_args__ = (CheckConstraint("position > 0", name="position"), UniqueConstraint("rule_set_id", "position"))


class RoutingModel(Model):
    """What was learned from confirmed dispositions, and how well. Written by routing_service.

    `blob` is what competence/learning/storage.py makes: arrays and JSON, no pickle. One at most is active.
    """

    __tablename__ = "routing_models"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    state: Mapped[str] = mapped_column(server_default="candidate")  # candidate, active, retired
    blob: Mapped[bytes]
    metrics: Mapped[Any] = mapped_column(JSONB)  # on the reports that were held back
    trained_on: Mapped[Any] = mapped_column(JSONB)  # counts of reports and the period; no words
    trained_by: Mapped[str]  # role:sub, as in the events
    trained_at: Mapped[datetime]
    compared_with: Mapped[int | None] = mapped_column(ForeignKey("routing_models.id"))  # the one in force then
    activated_by: Mapped[str | None]
    activated_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('candidate', 'active', 'retired')", name="state"),
        CheckConstraint("(state = 'candidate') = (activated_at IS NULL)", name="activation"),
        Index("routing_models_active_key", "state", unique=True, postgresql_where=text("state = 'active'")),
    )


class ApiClient(Model):
    """A system that submits reports: its token's `sub`, and the channels it may name. Written by routing_service."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))


class RegistryEvent(Model):
    """A change of the registry or the rules. Written by triggers alone; append-only: others refuse every change.

    `subject` is the table. A person in it is a salted digest; of many rows that belong together there is one digest.
    """

    __tablename__ = "registry_events"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    subject: Mapped[str]
    key: Mapped[str]
    actor: Mapped[str]  # role:sub; process:name for a command or a service of its own accord
    recorded_at: Mapped[datetime]
    data: Mapped[Any] = mapped_column(JSON)  # before, after; json, not jsonb: stored exactly as hashed
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]

    __table_args__ = (Index("registry_events_subject_key_idx", "subject", "key", "seq"),)


# --- reports ---------------------------------------------------------------------------------------------


class Reporter(Model):
    """Who reported: kept apart from the report, and shown to hardly anybody. Written by intake_api."""

    __tablename__ = "reporters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    national_id: Mapped[str | None]


class Report(Model):
    """One citizen's submission. Written by intake_api (insert; `access_code_hash` once more, when a slip is made) and
    routing_service (update of the second group).
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
    anonymous: Mapped[bool]
    secret: Mapped[bool]
    supervisory: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[Status] = mapped_column(server_default=Status.RECEIVED.value)
    holder_level: Mapped[Level] = mapped_column(server_default=Level.NATIONAL.value)
    holder_agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))  # assigned to answer
    verified_title: Mapped[str | None]  # what the verifier made of the title
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
        Index("reports_merged_into_idx", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        # What is near, for whoever looks for the same trouble, and for the public list.
        Index(
            "reports_place_idx",
            "place_latitude",
            "place_longitude",
            postgresql_where=text("place_latitude IS NOT NULL AND status NOT IN ('archived', 'withdrawn', 'merged')"),
        ),
    )


class PublicText(Model):
    """What everybody may read of a report: its words with the people in them masked. Written by routing_service.

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


class Support(Model):
    """Somebody whom a report of another concerns as well. Written by intake_api.

    No event: a hundred supporters must not make an officer's If-Match fail a hundred times.
    """

    __tablename__ = "report_supports"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    supporter_hash: Mapped[bytes] = mapped_column(primary_key=True)  # as reports.reporter_reference_hash
    supported_at: Mapped[datetime]

    __table_args__ = (Index("report_supports_supporter_hash_idx", "supporter_hash", "supported_at"),)


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


# --- the event log ---------------------------------------------------------------------------------------


class Chain(Model):
    """The head of a report's chain of events, and the only lock of a report."""

    __tablename__ = "chains"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes]
    fact_seq: Mapped[int] = mapped_column(Integer)  # the last event not written by sla_monitor


class Event(Model):
    """One fact about a report. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    seq: Mapped[int] = mapped_column(Integer)
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    data: Mapped[Any] = mapped_column(JSON)  # json, not jsonb: stored exactly as hashed
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    # The transaction that wrote it: a feed ordered by it never skips an event that commits late.
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))

    __table_args__ = (
        UniqueConstraint("report_id", "seq"),
        Index("events_transaction_id_id_idx", "transaction_id", "id"),
        # What has changed since an instant. Events are appended as they are recorded, so that a few pages of summaries
        # find them, and an insert pays nothing.
        Index(
            "events_recorded_at_idx",
            "recorded_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
        ),
    )


class OutboxRow(Model):
    """An event that a service has not acknowledged yet."""

    __tablename__ = "outbox"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    follower: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    parked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        Index(
            "outbox_pending_idx",
            "follower",
            "next_attempt_at",
            "event_id",
            postgresql_where=text("parked_at IS NULL"),
        ),
    )


class Subscriber(Model):
    """An agency's system or an app's backend that wants events. Written by routing_service."""

    __tablename__ = "subscribers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    secret: Mapped[str]
    owner: Mapped[str]  # role:sub of whoever registered it
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    feed_transaction_id: Mapped[int] = mapped_column(BigInteger)  # fanned out up to here
    feed_event_id: Mapped[UUID]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Delivery(Model):
    """An event on its way to a subscriber, in order per report. Written by routing_service."""

    __tablename__ = "deliveries"

    subscriber_id: Mapped[UUID] = mapped_column(ForeignKey("subscribers.id"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    parked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        Index("deliveries_report_id_seq_idx", "subscriber_id", "report_id", "seq"),
        Index("deliveries_pending_idx", "next_attempt_at", postgresql_where=text("parked_at IS NULL")),
    )


# --- routing ---------------------------------------------------------------------------------------------


class RoutingDecision(Model):
    """Why a report went, or would go, where. Written by routing_service."""

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
    """What officers find a report by: its own words, which is why nobody is shown this. Written by routing_service.

    Whoever erases the words of a report erases this row as well.
    """

    __tablename__ = "report_words"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    search: Mapped[Any] = mapped_column(TSVECTOR)

    __table_args__ = (Index("report_words_search_idx", "search", postgresql_using="gin"),)


class Chore(Model):
    """What routing_service still has to do about a new report: decide where it goes, mask its text.

    Written by routing_service alone. The row goes when the work is stored.
    """

    __tablename__ = "chores"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    is_long: Mapped[bool]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("chores_due_idx", "task", "is_long", "next_attempt_at", "report_id"),)


# --- clocks ----------------------------------------------------------------------------------------------


class CalendarVersion(Model):
    """A version of the calendar of working days. Written by sla_monitor."""

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
    """A year that a calendar covers; incomplete until its cuti bersama are loaded. Written by sla_monitor."""

    __tablename__ = "calendar_years"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    complete: Mapped[bool]


class CalendarDay(Model):
    """A day off. Written by sla_monitor."""

    __tablename__ = "calendar_days"

    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # holiday, cuti_bersama, regional
    province: Mapped[str] = mapped_column(primary_key=True, server_default=text("''"))  # '' everywhere
    name_id: Mapped[str]
    name_en: Mapped[str]


class Policy(Model):
    """A set of deadlines in force for reports received from a day on. Written by sla_monitor."""

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
    """A limit that an agency set itself, stricter than the policy's. Written by sla_monitor."""

    __tablename__ = "agency_limits"

    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger)  # in the unit of the policy
    legal_basis: Mapped[str | None]
    changed_by: Mapped[str]  # role:sub, as in the events
    changed_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("days > 0", name="days"),)


class Recomputation(Model):
    """Clocks computed anew because a calendar, a policy or a limit changed. Written by sla_monitor.

    Its reports are taken in the order of their ids; `position` is the last one that is done.
    """

    __tablename__ = "recomputations"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]  # calendar, policy, limit
    reference: Mapped[str]  # the calendar's id, the policy's code, the agency's code and the stage
    selection: Mapped[Any] = mapped_column(JSONB)  # which reports
    state: Mapped[str] = mapped_column(server_default="pending")  # pending, running, done
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
    """What other rules would have made of reports of the past; no clock is stored. Written by sla_monitor.

    Its reports are taken in the order of their ids; `position` is the last one that is done, `result` what they add up
    to so far.
    """

    __tablename__ = "simulations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    requested_by: Mapped[str]  # role:sub, as in the events
    parameters: Mapped[Any] = mapped_column(JSON)  # as they were asked for
    rules: Mapped[Any] = mapped_column(JSON)  # the draft, as it was then
    state: Mapped[str] = mapped_column(server_default="pending")  # pending, running, done, failed
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


class Clock(Model):
    """A deadline of a report, as shared facts make it; replaced whenever they change. Written by sla_monitor.

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
    state: Mapped[str]  # running, paused, stopped, cancelled
    outcome: Mapped[str]  # pending, met, late; pending and past due reads as late
    on_due: Mapped[str]
    policy_code: Mapped[str]
    calendar_id: Mapped[int] = mapped_column(Integer)
    time_zone: Mapped[str]
    imported: Mapped[bool]
    opened_recorded_at: Mapped[datetime]
    computed_seq: Mapped[int] = mapped_column(Integer)

    # The ladder, parallel arrays in ascending order of instants.
    step_code: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))  # working days after due; 0 is due
    step_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    step_level: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    step_kind: Mapped[list[str]] = mapped_column(ARRAY(Text))  # reminder, breach, escalation, elapse
    step_recipients: Mapped[list[str]] = mapped_column(ARRAY(Text))  # role names joined by a comma

    # Where the sweep stands: the first step not recorded yet, and what was recorded.
    next_step: Mapped[int | None] = mapped_column(SmallInteger)
    next_step_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))

    __table_args__ = (
        Index("clocks_next_step_at_idx", "next_step_at", postgresql_where=text("next_step_at IS NOT NULL")),
        Index(
            "clocks_running_due_at_idx",
            "due_at",
            postgresql_where=text("state = 'running' AND due_at IS NOT NULL"),
        ),
    )


class Escalation(Model):
    """A ladder step that was carried out. Written by sla_monitor."""

    __tablename__ = "escalations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    stage: Mapped[str]
    opened_seq: Mapped[int] = mapped_column(Integer)
    step_code: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    level: Mapped[int] = mapped_column(SmallInteger)
    agency_code: Mapped[str | None]
    step_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recipients: Mapped[str]
    late_entry: Mapped[bool]
    notify: Mapped[bool]
    revoked_at: Mapped[datetime | None]
    addressed_at: Mapped[datetime | None]  # when its notifications were made

    __table_args__ = (
        Index(
            "escalations_unaddressed_idx",
            "recorded_at",
            "id",
            postgresql_where=text("notify AND addressed_at IS NULL AND revoked_at IS NULL"),
        ),
        # The cases of a reprimand.
        Index(
            "escalations_regional_head_idx",
            "recorded_at",
            postgresql_where=text("recipients LIKE '%regional_head%' AND revoked_at IS NULL"),
        ),
        Index(
            "escalations_step_key",
            "report_id",
            "stage",
            "opened_seq",
            "step_code",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("escalations_recorded_at_idx", "recorded_at", "id"),
    )


class Acknowledgement(Model):
    """An officer's word that he knows of an escalation; the clock runs on. Written by sla_monitor."""

    __tablename__ = "acknowledgements"

    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"), primary_key=True)
    note: Mapped[str]
    salt: Mapped[bytes]
    actor: Mapped[str]  # role:sub, as in the events
    acknowledged_at: Mapped[datetime]


# --- people are told -------------------------------------------------------------------------------------


class Notification(Model):
    """A mail to an officer about an escalation, a reprimand or a report that has become theirs. Written by sla_monitor.

    Sent, or still to be sent.
    """

    __tablename__ = "notifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officers.id"))
    escalation_id: Mapped[UUID | None] = mapped_column(ForeignKey("escalations.id"))
    reprimand_id: Mapped[UUID | None] = mapped_column(ForeignKey("reprimands.id"))
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"))  # that gave the report to them
    digest: Mapped[bool]  # waits for the daily digest of the officer
    state: Mapped[NotificationState] = mapped_column(server_default=NotificationState.PENDING.value)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(escalation_id, reprimand_id, event_id) = 1", name="subject"),
        UniqueConstraint("escalation_id", "officer_id"),
        UniqueConstraint("reprimand_id", "officer_id"),
        UniqueConstraint("event_id", "officer_id"),
        Index("notifications_pending_idx", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        Index("notifications_officer_id_created_at_idx", "officer_id", "created_at"),
    )


class Reprimand(Model):
    """What a region is reprimanded for in a period, as it was compiled. Written by sla_monitor, once."""

    __tablename__ = "reprimands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"))  # an instansi
    first_day: Mapped[date]
    last_day: Mapped[date]
    compiled_at: Mapped[datetime]
    compiled_by: Mapped[str]
    cases: Mapped[Any] = mapped_column(JSONB)

    __table_args__ = (
        UniqueConstraint("agency_code", "first_day", "last_day"),
        CheckConstraint("first_day <= last_day", name="period"),
    )
