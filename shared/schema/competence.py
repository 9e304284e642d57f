"""By what it is decided who is competent: boundaries, rules, learned models. Written by routing_service."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.states import ModelState, RuleSetState
from shared.schema.base import Model


class BoundarySet(Model):
    """Polygons of the regions of one level, as they were imported.

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
    """A region's polygon, WGS 84 in WKB. Written once."""

    __tablename__ = "boundaries"

    set_id: Mapped[int] = mapped_column(ForeignKey("boundary_sets.id"), primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)
    geometry: Mapped[bytes]
    square_metres: Mapped[float]
    repaired: Mapped[bool]
    fault: Mapped[str | None]  # what was wrong with it and was repaired

    __table_args__ = (CheckConstraint("repaired = (fault IS NOT NULL)", name="fault"),)


class BoundaryOverlap(Model):
    """Ground that two regions of a set claim, and whose it is taken to be. Written once."""

    __tablename__ = "boundary_overlaps"

    set_id: Mapped[int] = mapped_column(ForeignKey("boundary_sets.id"), primary_key=True)
    winner_code: Mapped[str] = mapped_column(primary_key=True)
    loser_code: Mapped[str] = mapped_column(primary_key=True)
    square_metres: Mapped[float]


class BoundaryActivation(Model):
    """When a set came into force or went out of it.

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


class StoredRuleSet(Model):
    """A version of the rules by which reports find their agency.

    Its rules change while it is a draft, and never again: a trigger refuses it.
    """

    __tablename__ = "rule_sets"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))  # whose own; None: the nation's
    name: Mapped[str]
    note: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=RuleSetState.DRAFT.value)  # RuleSetState
    based_on: Mapped[int | None] = mapped_column(ForeignKey("rule_sets.id"))
    replaced: Mapped[int | None] = mapped_column(ForeignKey("rule_sets.id"))  # what a rollback puts in force again
    created_by: Mapped[str]  # role:sub, as in the events
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    activated_by: Mapped[str | None]
    activated_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'active', 'retired')", name="state"),
        CheckConstraint("(state = 'draft') = (activated_at IS NULL)", name="activated"),
        # Two of one owner in force? Nobody could say which.
        Index(
            "rule_sets_active_key",
            text("coalesce(agency_code, '')"),
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
    )


class StoredRule(Model):
    """One rule of a set; the first that a report meets decides."""

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
    """What was learned from confirmed dispositions, and how well.

    `blob` is what competence/learning/storage.py makes: arrays and JSON, no pickle. One at most is active.
    """

    __tablename__ = "routing_models"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    state: Mapped[str] = mapped_column(server_default=ModelState.CANDIDATE.value)  # ModelState
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
