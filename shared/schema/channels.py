"""What the channels keep whose messages we take ourselves. Written by intake_api."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model


class QrCode(Model):
    """A code that is printed and scanned, and what it pre-fills. Never deleted: paper cannot be called back.

    `reference` is the agency's own number of what the code hangs on: one code of it at a time.
    """

    __tablename__ = "qr_codes"

    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # agency, desk, asset
    label: Mapped[str]
    reference: Mapped[str | None]
    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"))  # a wish: routing decides
    place: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    revoked_by: Mapped[str | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('agency', 'desk', 'asset')", name="kind"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="point"),
        CheckConstraint("(revoked_by IS NULL) = (revoked_at IS NULL)", name="revoked"),
        Index(
            "qr_codes_agency_code_reference_key",
            "agency_code",
            "reference",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("qr_codes_agency_code_created_at_idx", "agency_code", "created_at", "code"),
    )
