"""supports have a log of their own: a chain for each report, in which those that were given before stand first

Compatible with the previous release: yes. What it is given while both run has no entry, and `lapor audit verify` names
it: stop the copies of intake_api of the release before first.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0614"
down_revision = "20261128_0424"
branch_labels = None
depends_on = None

# The same bytes as shared/log/support_log.py hashes: the audit of a database that was upgraded compares the two.
_FILL = """
DO $$
DECLARE
    one record;
    of_report uuid;
    entry integer;
    previous bytea;
    hashed bytea;
BEGIN
    FOR one IN
        SELECT s.report_id, s.supported_at,
               salted_digest(r.private_salt, 'support', encode(s.supporter_hash, 'hex')) AS supporter
        FROM report_supports s JOIN reports r ON r.id = s.report_id
        ORDER BY s.report_id, s.supported_at, s.supporter_hash
    LOOP
        IF of_report IS DISTINCT FROM one.report_id THEN
            of_report := one.report_id;
            entry := 0;
            previous := decode(repeat('00', 32), 'hex');
        END IF;
        entry := entry + 1;
        hashed := sha256(previous || convert_to(
            framed('2') || framed('support') || framed(one.report_id::text) || framed(entry::text) || framed('given')
            || framed(one.supporter) || framed((extract(epoch FROM one.supported_at) * 1000000)::bigint::text),
            'UTF8'));
        INSERT INTO support_log (report_id, seq, kind, supporter, recorded_at, previous_hash, hash)
        VALUES (one.report_id, entry, 'given', one.supporter, one.supported_at, previous, hashed);
        previous := hashed;
    END LOOP;
    INSERT INTO support_chains (report_id, seq, hash, supports)
    SELECT DISTINCT ON (report_id) report_id, seq, hash, seq FROM support_log ORDER BY report_id, seq DESC;
END
$$
"""
_APPEND_ONLY = (
    "CREATE TRIGGER support_log_rows_stay BEFORE UPDATE OR DELETE ON support_log"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER support_log_table_stays BEFORE TRUNCATE ON support_log"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "REVOKE UPDATE, DELETE, TRUNCATE ON support_log FROM PUBLIC",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "support_chains",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("supports", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="support_chains_pkey"),
    )
    op.create_table(
        "support_log",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("supporter", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "seq", name="support_log_pkey"),
    )
    op.execute(_FILL)
    for table in ("support_chains", "support_log"):  # afterwards: it keeps submissions waiting
        op.create_foreign_key(f"{table}_report_id_fkey", table, "reports", ["report_id"], ["id"])
    for statement in _APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("support_log")
    op.drop_table("support_chains")
