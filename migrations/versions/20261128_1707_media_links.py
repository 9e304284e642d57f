"""addresses of files that come with a report and are still to be fetched

Compatible with the previous release: yes, which does not know them.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1707"
down_revision = "20261128_1705"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "media_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_hash", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_agency", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="media_links_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="media_links_report_id_fkey"),
        sa.UniqueConstraint("report_id", "url_hash", name="media_links_report_id_url_hash_key"),
    )
    op.create_index("media_links_due_at_idx", "media_links", ["due_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("media_links")
