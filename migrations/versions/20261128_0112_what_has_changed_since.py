"""what has changed since an instant"""

from alembic import op

revision = "20261128_0112"
down_revision = "20261128_0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "events_recorded_at_idx",
        "events",
        ["recorded_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("events_recorded_at_idx", table_name="events")
