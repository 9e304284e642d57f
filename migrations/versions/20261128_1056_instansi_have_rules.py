"""an instansi can have rules of its own

Compatible with the previous release: yes, until an instansi puts a set in force.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1056"
down_revision = "20261128_1036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("rule_sets", sa.Column("agency_code", sa.Text()))
    op.create_foreign_key("rule_sets_agency_code_fkey", "rule_sets", "agencies", ["agency_code"], ["code"])
    op.drop_index("rule_sets_active_key", "rule_sets")
    op.execute(
        "CREATE UNIQUE INDEX rule_sets_active_key ON rule_sets (coalesce(agency_code, '')) WHERE state = 'active'"
    )


def downgrade() -> None:
    """What an instansi had in force is retired: the release before has one set in force."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("UPDATE rule_sets SET state = 'retired' WHERE state = 'active' AND agency_code IS NOT NULL")
    op.drop_index("rule_sets_active_key", "rule_sets")
    op.create_index(
        "rule_sets_active_key", "rule_sets", ["state"], unique=True, postgresql_where=sa.text("state = 'active'")
    )
    op.drop_constraint("rule_sets_agency_code_fkey", "rule_sets", type_="foreignkey")
    op.drop_column("rule_sets", "agency_code")
