"""boundaries"""

import sqlalchemy as sa
from alembic import op

revision = "20261121_2210"
down_revision = "20261121_2200"
branch_labels = None
depends_on = None

_COUNT = """
    CREATE FUNCTION count_boundary_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE versions SET number = number + 1 WHERE subject = 'boundaries';
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_sets()
    _create_boundaries()
    _create_activations()
    op.execute("INSERT INTO versions (subject) VALUES ('boundaries')")
    op.execute(_COUNT)
    op.execute(
        "CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON boundary_sets"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_boundary_change()"
    )


def _create_sets() -> None:
    op.create_table(
        "boundary_sets",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("area_code", sa.Text()),
        sa.Column("regions", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("repaired", sa.Integer(), nullable=False),
        sa.Column("overlaps", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("boundary_sets_level_check")),
        sa.ForeignKeyConstraint(["area_code"], ["regions.code"], name=op.f("boundary_sets_area_code_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("boundary_sets_pkey")),
        sa.UniqueConstraint("digest", name=op.f("boundary_sets_digest_key")),
    )


def _create_boundaries() -> None:
    op.create_table(
        "boundaries",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("square_metres", sa.Double(), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text()),
        sa.CheckConstraint("repaired = (fault IS NOT NULL)", name=op.f("boundaries_fault_check")),
        sa.ForeignKeyConstraint(["set_id"], ["boundary_sets.id"], name=op.f("boundaries_set_id_fkey")),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("boundaries_region_code_fkey")),
        sa.PrimaryKeyConstraint("set_id", "region_code", name=op.f("boundaries_pkey")),
    )
    op.create_table(
        "boundary_overlaps",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("winner_code", sa.Text(), nullable=False),
        sa.Column("loser_code", sa.Text(), nullable=False),
        sa.Column("square_metres", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["boundary_sets.id"], name=op.f("boundary_overlaps_set_id_fkey")),
        sa.PrimaryKeyConstraint("set_id", "winner_code", "loser_code", name=op.f("boundary_overlaps_pkey")),
    )


def _create_activations() -> None:
    op.create_table(
        "boundary_activations",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["boundary_sets.id"], name=op.f("boundary_activations_set_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("boundary_activations_pkey")),
    )
    op.create_index(op.f("boundary_activations_set_id_idx"), "boundary_activations", ["set_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER count_change ON boundary_sets")
    op.execute("DROP FUNCTION count_boundary_change()")
    op.execute("DELETE FROM versions WHERE subject = 'boundaries'")
    for table in ("boundary_activations", "boundary_overlaps", "boundaries", "boundary_sets"):
        op.drop_table(table)
