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
_COUNTED = ("agencies", "agency_names", "categories")
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
    _keep_former_names()
    _extend_officers_and_categories()
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


def _keep_former_names() -> None:
    op.create_table(
        "agency_names",
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text()),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("agency_names_validity_check")),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name=op.f("agency_names_agency_code_fkey")),
        sa.PrimaryKeyConstraint("agency_code", "valid_to", name=op.f("agency_names_pkey")),
    )


def _extend_officers_and_categories() -> None:
    op.add_column("officers", sa.Column("subject", sa.Text()))
    op.add_column("officers", sa.Column("last_active_at", sa.DateTime(timezone=True)))
    op.create_index("officers_subject_idx", "officers", ["subject"], postgresql_where=sa.text("subject IS NOT NULL"))
    op.add_column("categories", sa.Column("valid_from", sa.Date()))
    op.add_column("categories", sa.Column("valid_until", sa.Date()))
    op.create_check_constraint(op.f("categories_validity_check"), "categories", "valid_from <= valid_until")
    op.create_check_constraint(op.f("categories_parent_is_another_check"), "categories", "parent_code <> code")
    op.create_index("categories_parent_code_idx", "categories", ["parent_code"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _COUNTED:
        op.execute(f"DROP TRIGGER count_change ON {table}")
    op.execute("DROP FUNCTION count_registry_change()")
    op.drop_table("versions")
    op.drop_index("categories_parent_code_idx", table_name="categories")
    op.drop_constraint(op.f("categories_parent_is_another_check"), "categories")
    for column in ("valid_until", "valid_from"):
        op.drop_column("categories", column)
    op.drop_index("officers_subject_idx", table_name="officers")
    for column in ("last_active_at", "subject"):
        op.drop_column("officers", column)
    op.drop_table("agency_names")
    for column in ("successor_code", "valid_until", "valid_from", "contacts", "duties", "level"):
        op.drop_column("agencies", column)
