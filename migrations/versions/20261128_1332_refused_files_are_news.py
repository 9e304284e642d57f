"""reporters hear of files that are not taken, and templates have a short form

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1332"
down_revision = "20261128_1324"
branch_labels = None
depends_on = None

_KINDS = (
    "received", "verified", "passed_on", "question", "answered", "closing_soon", "closed", "archived", "escalated",
    "consent_asked", "identity_viewed", "merged",
)  # fmt: skip
_NEW = "evidence_refused"


#: The migration that made the table gave the constraint a name that the naming convention made longer, and cut off.
_DROP = """
    DO $$ DECLARE named text; BEGIN
        FOR named IN SELECT conname FROM pg_constraint
                     WHERE conrelid = 'reporter_notifications'::regclass AND contype = 'c'
                       AND conkey = ARRAY[(SELECT attnum FROM pg_attribute
                                           WHERE attrelid = conrelid AND attname = 'kind')]
        LOOP EXECUTE format('ALTER TABLE reporter_notifications DROP CONSTRAINT %I', named); END LOOP;
    END $$
"""


def _kinds(*codes: str) -> None:
    op.execute(_DROP)
    named = ", ".join(repr(code) for code in codes)
    op.create_check_constraint(
        op.f("reporter_notifications_news_kind_check"), "reporter_notifications", f"kind IN ({named})"
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _kinds(*_KINDS, _NEW)
    for table in ("news_templates", "instansi_news_templates"):
        op.add_column(table, sa.Column("short", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute(f"DELETE FROM reporter_notifications WHERE kind = '{_NEW}'")
    _kinds(*_KINDS)
    for table in ("news_templates", "instansi_news_templates"):
        op.drop_column(table, "short")
