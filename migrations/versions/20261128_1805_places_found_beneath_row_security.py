"""Places found beneath row security: by an expression that PostgreSQL asks an index for there

Compatible with the previous release: yes; its lists of a region are slow until it has gone.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1805"
down_revision = "20261128_1729"
branch_labels = None
depends_on = None

_INDEX = "reports_seen_region_idx"
_SEEN = "(CASE WHEN shown_region_code IS NULL THEN public_region_code ELSE shown_region_code END) text_pattern_ops"
_SEEN_BEFORE = "COALESCE(shown_region_code, public_region_code) text_pattern_ops"
_PUBLISHED = "published_at IS NOT NULL AND NOT secret AND status NOT IN ('archived', 'withdrawn', 'merged')"


def upgrade() -> None:
    _replace(_SEEN)


def downgrade() -> None:
    _replace(_SEEN_BEFORE)


def _replace(expression: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(_INDEX, table_name="reports")
    op.create_index(_INDEX, "reports", [sa.text(expression)], postgresql_where=sa.text(_PUBLISHED))
