"""steps among notes: what moved a report is found wherever it lies among thousands of notes, looks and replies

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0334"
down_revision = "20261128_0321"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "events_steps_idx",
        "events",
        ["report_id", "seq"],
        postgresql_where=sa.text(
            "type LIKE 'report.%' AND type <> ALL (ARRAY["
            "'report.received', 'report.noted', 'report.joined', 'report.parted'])"
        ),
    )


def downgrade() -> None:
    op.drop_index("events_steps_idx", table_name="events")
