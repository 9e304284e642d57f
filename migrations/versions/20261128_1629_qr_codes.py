"""codes that are printed and scanned; the registry's log says who made and who revoked which

Compatible with the previous release: yes, which does not know them.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1629"
down_revision = "20261128_1605"
branch_labels = None
depends_on = None

_ROWS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}
_STATE = "SELECT 'qr_codes', t.code, registry_document('qr_codes', to_jsonb(t)) FROM qr_codes t"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "qr_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('agency', 'desk', 'asset')", name="qr_codes_kind_check"),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="qr_codes_point_check"),
        sa.CheckConstraint("(revoked_by IS NULL) = (revoked_at IS NULL)", name="qr_codes_revoked_check"),
        sa.PrimaryKeyConstraint("code", name="qr_codes_pkey"),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name="qr_codes_agency_code_fkey"),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name="qr_codes_region_code_fkey"),
        sa.ForeignKeyConstraint(["category_code"], ["categories.code"], name="qr_codes_category_code_fkey"),
    )
    op.create_index(
        "qr_codes_agency_code_reference_key", "qr_codes", ["agency_code", "reference"], unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )  # fmt: skip
    op.create_index("qr_codes_agency_code_created_at_idx", "qr_codes", ["agency_code", "created_at", "code"])
    for name, rows in _ROWS.items():
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER log_{name} AFTER {name.upper()} ON qr_codes REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change('t.code', '')"
        )
    _change_state("rtrim(prosrc) || " + _quoted(f" UNION ALL {_STATE} "))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _change_state("replace(prosrc, " + _quoted(f" UNION ALL {_STATE}") + ", '')")
    op.drop_table("qr_codes")


def _change_state(body: str) -> None:
    """The log's picture of the registry as it is now, with the rights that the function has."""
    op.get_bind().exec_driver_sql(
        "DO $do$ BEGIN EXECUTE (SELECT replace(pg_get_functiondef(oid), prosrc, "
        f"{body}) FROM pg_proc WHERE proname = 'registry_state'); END $do$"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
