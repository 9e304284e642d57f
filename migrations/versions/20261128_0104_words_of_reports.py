"""words of reports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_0104"
down_revision = "20261128_0055"
branch_labels = None
depends_on = None

_WORDS = "regexp_replace(normalize({}, NFKC), '[^[:alnum:]]+', ' ', 'g')"
_SPACED = (
    r"regexp_replace(regexp_replace(" + _WORDS + r", '([[:alpha:]])([[:digit:]])', '\1 \2', 'g'),"
    r" '([[:digit:]])([[:alpha:]])', '\1 \2', 'g')"
)
_VECTOR = "to_tsvector('simple', {0}) || to_tsvector('indonesian', {0})"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "report_words",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("report_words_report_id_fkey")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("report_words_pkey")),
    )
    op.execute(
        f"""
        INSERT INTO report_words (report_id, search)
        SELECT id, setweight({_VECTOR.format("title")}, CASE WHEN verified THEN 'A'::"char" ELSE 'B'::"char" END)
            || setweight({_VECTOR.format("body")}, 'C')
        FROM (
            SELECT id, {_SPACED.format("coalesce(verified_title, title)")} AS title,
                   verified_title IS NOT NULL AS verified, {_SPACED.format("body")} AS body
            FROM reports
        ) AS r
        """
    )
    op.create_index("report_words_search_idx", "report_words", ["search"], postgresql_using="gin")
    op.create_index("reports_changed_at_idx", "reports", ["changed_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("reports_changed_at_idx", "reports")
    op.drop_table("report_words")
