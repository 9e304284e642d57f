"""an instansi has words of its own for news; the registry's log says who changed which words

Compatible with the previous release: yes, which tells everybody in the nation's words.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1303"
down_revision = "20261128_1111"
branch_labels = None
depends_on = None

_LOGGED = {
    "news_templates": "t.kind || '/' || t.language || '/' || t.version",
    "instansi_news_templates": "t.agency_code || '/' || t.kind || '/' || t.language",
}
_ROWS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "instansi_news_templates",
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(subject IS NULL) = (body IS NULL)", name="instansi_news_templates_whole_check"),
        sa.PrimaryKeyConstraint("agency_code", "kind", "language", name="instansi_news_templates_pkey"),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name="instansi_news_templates_agency_code_fkey"),
    )
    op.execute("SET LOCAL lapor.actor = 'process:migrate'")  # nobody does it by hand
    op.execute("LOCK TABLE news_templates IN ACCESS EXCLUSIVE MODE")
    op.execute("CREATE TEMPORARY TABLE kept_templates ON COMMIT DROP AS SELECT * FROM news_templates")
    op.execute("DELETE FROM news_templates")
    for table, key in _LOGGED.items():
        for name, rows in _ROWS.items():
            op.get_bind().exec_driver_sql(
                f"CREATE TRIGGER log_{name} AFTER {name.upper()} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION log_registry_change({_quoted(key)}, '')"
            )
    op.execute("INSERT INTO news_templates SELECT * FROM kept_templates")  # now the log says so
    op.execute("DROP TABLE kept_templates")
    _change_state("rtrim(prosrc) || " + _quoted("".join(f" UNION ALL {_state_of(table)}" for table in _LOGGED) + " "))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _change_state("split_part(prosrc, ' UNION ALL SELECT ''news_templates''', 1) || ' '")
    for name in _ROWS:
        op.execute(f"DROP TRIGGER log_{name} ON news_templates")
    op.drop_table("instansi_news_templates")


def _state_of(table: str) -> str:
    return f"SELECT '{table}', {_LOGGED[table]}, registry_document('{table}', to_jsonb(t)) FROM {table} t"


def _change_state(body: str) -> None:
    """The log's picture of the registry as it is now, with the rights that the function has."""
    op.get_bind().exec_driver_sql(
        "DO $do$ BEGIN EXECUTE (SELECT replace(pg_get_functiondef(oid), prosrc, "
        f"{body}) FROM pg_proc WHERE proname = 'registry_state'); END $do$"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
