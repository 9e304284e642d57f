"""reports have regions that were found: by routing and by officers, and what strangers learn of them

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0424"
down_revision = "20261128_0350"
branch_labels = None
depends_on = None

_COLUMNS = ("found_region_code", "set_region_code", "shown_region_code")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in _COLUMNS:
        op.add_column("reports", sa.Column(name, sa.Text(), nullable=True))
        op.create_foreign_key(f"reports_{name}_fkey", "reports", "regions", [name], ["code"])
    op.create_index(
        "reports_about_region_idx",
        "reports",
        [sa.text("COALESCE(set_region_code, found_region_code, region_code) text_pattern_ops")],
    )
    op.create_index(
        "reports_seen_region_idx",
        "reports",
        [sa.text("COALESCE(shown_region_code, public_region_code) text_pattern_ops")],
        postgresql_where=sa.text(
            "published_at IS NOT NULL AND NOT secret AND status NOT IN ('archived', 'withdrawn', 'merged')"
        ),
    )


def downgrade() -> None:
    for name in ("reports_seen_region_idx", "reports_about_region_idx"):
        op.drop_index(name, table_name="reports")
    for name in reversed(_COLUMNS):
        op.drop_column("reports", name)
