"""the registry in full"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_2200"
down_revision = "20261121_2030"
branch_labels = None
depends_on = None

# What is known of an agency that was there before: its kind, and whether anybody stands above it.
_LEVELS = """
    UPDATE agencies SET level = CASE
        WHEN kind = 'ministry' OR (parent_code IS NULL AND region_code IS NULL) THEN 'national'
        WHEN kind = 'province' THEN 'province'
        WHEN kind IN ('regency', 'city') THEN 'regency_city'
        WHEN kind IN ('unit', 'district', 'village') THEN kind
        ELSE 'agency'
    END
"""
_COUNTED = ("agencies", "categories")
_COUNT = """
    CREATE FUNCTION count_registry_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE versions SET number = number + 1 WHERE subject = 'registry';
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _extend_the_agencies()
    op.create_table(
        "versions",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("versions_pkey")),
    )
    op.execute("INSERT INTO versions (subject) VALUES ('registry')")
    op.execute(_COUNT)
    for table in _COUNTED:
        op.execute(
            f"CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_registry_change()"
        )


def _extend_the_agencies() -> None:
    op.add_column("agencies", sa.Column("level", sa.Text()))
    op.execute(_LEVELS)
    op.alter_column("agencies", "level", nullable=False)
    op.create_check_constraint(
        op.f("agencies_level_check"),
        "agencies",
        "level IN ('national', 'province', 'regency_city', 'agency', 'unit', 'district', 'village')",
    )
    op.add_column("agencies", sa.Column("duties", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("agencies", sa.Column("contacts", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("agencies", sa.Column("valid_from", sa.Date()))
    op.add_column("agencies", sa.Column("valid_until", sa.Date()))
    op.add_column("agencies", sa.Column("successor_code", sa.Text()))
    op.create_foreign_key(op.f("agencies_successor_code_fkey"), "agencies", "agencies", ["successor_code"], ["code"])
    op.create_check_constraint(op.f("agencies_successor_is_another_check"), "agencies", "successor_code <> code")
    op.create_check_constraint(op.f("agencies_validity_check"), "agencies", "valid_from <= valid_until")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _COUNTED:
        op.execute(f"DROP TRIGGER count_change ON {table}")
    op.execute("DROP FUNCTION count_registry_change()")
    op.drop_table("versions")
    for column in ("successor_code", "valid_until", "valid_from", "contacts", "duties", "level"):
        op.drop_column("agencies", column)
