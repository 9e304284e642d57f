"""Counts of limits that hold over all copies. Each service writes the rows of its own limits (shared/http/limits)."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model


class LimitCounter(Model):
    """How much of a limit somebody has used in this window. Nothing in it says who.

    Unlogged: after a crash, and on a standby that takes over, there are no rows and counts begin anew.
    """

    __tablename__ = "limit_counters"

    key: Mapped[bytes] = mapped_column(primary_key=True)  # HMAC of limit, window and whom it counts; changes daily
    rule: Mapped[str]
    used: Mapped[int]
    most: Mapped[int]
    ends_at: Mapped[datetime]  # of the window; then nobody needs the row
    exhausted_at: Mapped[datetime | None]  # since when it is used up

    __table_args__ = (
        Index("limit_counters_ends_at_idx", "ends_at"),
        # What every process asks for again and again. `used` is in no index: most updates touch none.
        Index("limit_counters_exhausted_idx", "rule", postgresql_where=text("exhausted_at IS NOT NULL")),
        {"prefixes": ["UNLOGGED"]},
    )
