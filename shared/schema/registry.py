"""Who there is: regions, agencies, officers, subjects of reports, clients. Written by routing_service."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.officers import NewsChoice, OfficerRole
from shared.domain.wording import Language
from shared.schema.base import Model


class Region(Model):
    """A Kemendagri region: province, regency or city, district, village."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))

    __table_args__ = (
        Index("regions_parent_code_idx", "parent_code"),
        Index("regions_name_idx", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )


class Agency(Model):
    """Who answers: a node of the tree of instansi. The root of a tree is an instansi."""

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
    """A name that an agency has lost after a day; its present one stands in `agencies`.

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
    """Somebody whom escalations reach by mail.

    Without an agency: a national administrator or a supervisor.
    """

    __tablename__ = "officers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    role: Mapped[OfficerRole]
    name: Mapped[str]
    email: Mapped[str]
    language: Mapped[Language] = mapped_column(server_default=Language.ID.value)
    subject: Mapped[str | None]  # the `sub` of their tokens
    news: Mapped[NewsChoice] = mapped_column(server_default=NewsChoice.AT_ONCE.value)
    salt: Mapped[bytes] = mapped_column(server_default=text("uuid_send(gen_random_uuid())"))  # for registry_events
    last_active_at: Mapped[datetime | None]  # when they last acted on a report; to the hour
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
    """A subject of reports."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    label_id: Mapped[str]
    label_en: Mapped[str]
    needs_evidence: Mapped[bool] = mapped_column(server_default=text("false"))  # a photo, a document, a video
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]  # the last day
    active: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (
        CheckConstraint("parent_code <> code", name="parent_is_another"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
        Index("categories_parent_code_idx", "parent_code"),
    )


class ApiClient(Model):
    """A system that submits reports: its token's `sub`, and the channels it may name."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Version(Model):
    """How often a part of the reference data has changed. Counted by triggers, read by all.

    A process that keeps the part in memory compares this number to know whether it still has the newest.
    """

    __tablename__ = "versions"

    subject: Mapped[str] = mapped_column(primary_key=True)  # registry, boundaries
    number: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
