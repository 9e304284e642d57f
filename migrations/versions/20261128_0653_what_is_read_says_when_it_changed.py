"""clocks and public texts say when what is read of them changed; regions are found by parts of their names

Compatible with the previous release: yes. What it writes while both run has no such instant, as what there is already.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0653"
down_revision = "20261128_0637"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("clocks", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("public_texts", sa.Column("made_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("public_texts", sa.Column("renewals", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("public_texts", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "regions_name_idx", "regions", ["name"], postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
    )


def downgrade() -> None:
    op.drop_index("regions_name_idx", table_name="regions")
    for name in ("renewed_at", "renewals", "made_at"):
        op.drop_column("public_texts", name)
    op.drop_column("clocks", "changed_at")
