"""identities are sealed: columns for what is sealed, and intake_api's own record of each look at them

What lies in clear is sealed and emptied by intake_api, which holds the keys; `lapor keys rewrap` does it at once.
Compatible with the previous release: yes, which reads only what is still in clear. The release after this one takes
the clear columns away.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0724"
down_revision = "20261128_0719"
branch_labels = None
depends_on = None

_SEALED = ("sealed_name", "sealed_phone", "sealed_email", "sealed_national_id", "wrapped_key")
_INDEXES = ("phone_index", "email_index")
_IDS = ("key_id", "index_key_id")
_APPEND_ONLY = (
    "CREATE TRIGGER identity_looks_rows_stay BEFORE UPDATE OR DELETE ON identity_looks"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER identity_looks_table_stays BEFORE TRUNCATE ON identity_looks"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "REVOKE UPDATE, DELETE, TRUNCATE ON identity_looks FROM PUBLIC",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in (*_SEALED, *_INDEXES):
        op.add_column("reporters", sa.Column(column, sa.LargeBinary(), nullable=True))
    for column in _IDS:
        op.add_column("reporters", sa.Column(column, sa.Text(), nullable=True))
    for column in _INDEXES:
        op.create_index(
            f"reporters_{column}_idx", "reporters", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    in_clear = sa.text("num_nonnulls(name, phone, email, national_id) > 0")
    op.create_index("reporters_clear_idx", "reporters", ["id"], postgresql_where=in_clear)
    op.create_table(
        "identity_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=True),
        sa.Column("national_id", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="identity_looks_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="identity_looks_report_id_fkey"),
    )
    op.create_index("identity_looks_report_id_idx", "identity_looks", ["report_id", "looked_at"])
    for statement in _APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    """Refuses while anything is sealed: the release before could not read it."""
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM reporters WHERE wrapped_key IS NOT NULL) THEN"
        " RAISE EXCEPTION 'identities are sealed, and the release before cannot read them; stay at this one';"
        " END IF; END $$"
    )
    op.drop_table("identity_looks")
    op.drop_index("reporters_clear_idx", "reporters")
    for column in _INDEXES:
        op.drop_index(f"reporters_{column}_idx", "reporters")
    for column in (*_SEALED, *_INDEXES, *_IDS):
        op.drop_column("reporters", column)
