"""what others may know of a report: its place and region as everybody is told them"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0020"
down_revision = "20261128_0015"
branch_labels = None
depends_on = None

_SEEN = "status NOT IN ('archived', 'withdrawn', 'merged')"


def upgrade() -> None:
    """Computed from what is there already, so that the release before writes them, too."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    # In one statement: the table is written anew once.
    op.execute(
        """
        ALTER TABLE reports
            ADD COLUMN place_latitude double precision GENERATED ALWAYS AS
                (round(latitude * 100::double precision) / 100::double precision) STORED,
            ADD COLUMN place_longitude double precision GENERATED ALWAYS AS
                (round(longitude * 100::double precision) / 100::double precision) STORED,
            ADD COLUMN public_region_code text GENERATED ALWAYS AS
                (CASE WHEN latitude IS NULL THEN region_code ELSE left(region_code, 8) END) STORED
        """
    )
    op.drop_index("reports_place_idx", "reports")
    op.create_index(
        "reports_place_idx",
        "reports",
        ["place_latitude", "place_longitude"],
        postgresql_where=sa.text(f"place_latitude IS NOT NULL AND {_SEEN}"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("reports_place_idx", "reports")
    for column in ("public_region_code", "place_longitude", "place_latitude"):
        op.drop_column("reports", column)
    op.create_index(
        "reports_place_idx",
        "reports",
        ["latitude", "longitude"],
        postgresql_where=sa.text(f"latitude IS NOT NULL AND {_SEEN}"),
    )
