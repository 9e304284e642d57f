"""base: the schema as it was when migrations began to be kept

Its SQL stands in migrations/base/, a file for each file of shared/schema/. Neither is it changed here any more: what
changes the schema is a new migration.
"""

from collections.abc import Iterator
from pathlib import Path

from alembic import op

revision = "20261128_0321"
down_revision = None
branch_labels = None
depends_on = None

BASE = Path(__file__).resolve().parent.parent / "base"
#: In this order: each may refer to those before it.
FILES = ("registry", "competence", "intake", "log", "routing", "clocks", "escalations", "registry_log")
TABLES = """
    acknowledgements agencies agency_limits agency_names boundaries boundary_activations boundary_overlaps boundary_sets
    calendar_days calendar_years calendars categories chains chores clients clocks escalations events idempotency_keys
    messages notifications officers outbox policies public_texts recomputations regions registry_events report_supports
    report_words reporters reports reprimands routing_decisions routing_models rule_sets rules simulations versions
"""
FUNCTIONS = """
    count_boundary_change count_registry_change event_hash framed link_hash log_registry_change new_event_id
    refuse_change refuse_change_of_rules registry_actor registry_document registry_state salted_digest supports_of
"""


def statements(sql: str) -> Iterator[str]:
    """An empty line ends a statement; a comment that stands alone is none."""
    for paragraph in sql.split("\n\n"):
        if any(line and not line.startswith("--") for line in paragraph.splitlines()):
            yield paragraph


def upgrade() -> None:
    # Fail fast instead of queueing the whole service behind a lock.
    op.execute("SET LOCAL lock_timeout = '5s'")
    connection = op.get_bind()
    for file in FILES:
        for statement in statements((BASE / f"{file}.sql").read_text()):
            connection.exec_driver_sql(statement)


def downgrade() -> None:
    """The extension pg_trgm stays: it may have been there before, and others may use it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP TABLE {', '.join(TABLES.split())}")
    op.execute("DROP AGGREGATE chained_hash(bytea, text)")
    op.execute(f"DROP FUNCTION {', '.join(FUNCTIONS.split())}")
