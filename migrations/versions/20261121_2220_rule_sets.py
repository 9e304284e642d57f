"""rule sets"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_2220"
down_revision = "20261121_2210"
branch_labels = None
depends_on = None

# A set that was in force is what decisions were made by: only the rules of a draft change.
_REFUSE = """
    CREATE FUNCTION refuse_change_of_rules() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM changed JOIN rule_sets s ON s.id = changed.rule_set_id WHERE s.state <> 'draft') THEN
            RAISE EXCEPTION 'The rules of a set that is no draft do not change.' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
"""
_GUARDS = {"insert": ("INSERT", "NEW"), "update": ("UPDATE", "OLD"), "delete": ("DELETE", "OLD")}

# The rules that were there decide in the new order as they did: a category before its parents, a smaller region before
# a wider one; where they named several agencies, a person still chooses.
_CARRY_OVER = """
    WITH RECURSIVE depths AS (
        SELECT code, 1 AS depth FROM categories WHERE parent_code IS NULL
        UNION ALL
        SELECT c.code, d.depth + 1 FROM categories c JOIN depths d ON c.parent_code = d.code WHERE d.depth < 50
    ), cases AS (
        SELECT category_code, region_prefix, array_agg(agency_code ORDER BY id) AS agencies,
               left(string_agg(DISTINCT nullif(note, ''), ' '), 500) AS note
        FROM routing_rules GROUP BY category_code, region_prefix
    ), made AS (
        INSERT INTO rule_sets (name, note, state, created_by)
        SELECT 'Aturan sebelumnya', '', 'draft', 'service:routing_service' WHERE EXISTS (SELECT FROM cases)
        RETURNING id
    )
    INSERT INTO rules (rule_set_id, position, conditions, result, note)
    SELECT made.id,
           row_number() OVER (
               ORDER BY coalesce(depth, 1) DESC, length(region_prefix) DESC, category_code, region_prefix
           ),
           jsonb_build_object('category', jsonb_build_array(category_code))
           || CASE WHEN region_prefix = '' THEN '{}'
                   ELSE jsonb_build_object('region', jsonb_build_array(region_prefix)) END,
           CASE WHEN cardinality(agencies) = 1 THEN jsonb_build_object('agency', agencies[1])
                ELSE jsonb_build_object('agencies', to_jsonb(agencies)) END,
           coalesce(note, '')
    FROM made, cases LEFT JOIN depths ON depths.code = category_code
"""
_IN_FORCE = "UPDATE rule_sets SET state = 'active', activated_by = created_by, activated_at = now()"

# As far as the old table could say it: an agency for a category, within a region or everywhere.
_CARRY_BACK = """
    INSERT INTO routing_rules (category_code, region_prefix, agency_code, note)
    SELECT c.code, region, a.code, r.note
    FROM rule_sets s
    JOIN rules r ON r.rule_set_id = s.id AND NOT r.conditions ?| '{classification,channel,target_agency,words}'
    CROSS JOIN jsonb_array_elements_text(r.conditions->'category') AS category
    CROSS JOIN jsonb_array_elements_text(coalesce(r.conditions->'region', '[""]')) AS region
    CROSS JOIN jsonb_array_elements_text(
        CASE WHEN r.result ? 'agency' THEN jsonb_build_array(r.result->'agency')
             ELSE coalesce(r.result->'agencies', '[]') END
    ) AS agency
    JOIN categories c ON c.code = category
    JOIN agencies a ON a.code = agency
    WHERE s.state = 'active'
    ORDER BY r.position
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_rule_sets()
    _create_rules()
    op.execute(_CARRY_OVER)
    op.execute(_IN_FORCE)
    op.drop_table("routing_rules")
    op.execute(_REFUSE)
    for name, (operation, table) in _GUARDS.items():
        op.execute(
            f"CREATE TRIGGER refuse_{name} AFTER {operation} ON rules REFERENCING {table} TABLE AS changed"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_rules()"
        )


def _create_rule_sets() -> None:
    op.create_table(
        "rule_sets",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("based_on", sa.BigInteger()),
        sa.Column("replaced", sa.BigInteger()),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("activated_by", sa.Text()),
        sa.Column("activated_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('draft', 'active', 'retired')", name=op.f("rule_sets_state_check")),
        sa.CheckConstraint("(state = 'draft') = (activated_at IS NULL)", name=op.f("rule_sets_activated_check")),
        sa.ForeignKeyConstraint(["based_on"], ["rule_sets.id"], name=op.f("rule_sets_based_on_fkey")),
        sa.ForeignKeyConstraint(["replaced"], ["rule_sets.id"], name=op.f("rule_sets_replaced_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("rule_sets_pkey")),
    )
    op.create_index(
        "rule_sets_active_key", "rule_sets", ["state"], unique=True, postgresql_where=sa.text("state = 'active'")
    )


def _create_rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("rule_set_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("legal_basis", sa.Text()),
        sa.CheckConstraint("position > 0", name=op.f("rules_position_check")),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_sets.id"], name=op.f("rules_rule_set_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("rules_pkey")),
        sa.UniqueConstraint("rule_set_id", "position", name=op.f("rules_rule_set_id_position_key")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "routing_rules",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("region_prefix", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name=op.f("routing_rules_agency_code_fkey")),
        sa.ForeignKeyConstraint(["category_code"], ["categories.code"], name=op.f("routing_rules_category_code_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("routing_rules_pkey")),
        sa.UniqueConstraint(
            "category_code",
            "region_prefix",
            "agency_code",
            name=op.f("routing_rules_category_code_region_prefix_agency_code_key"),
        ),
    )
    op.execute(_CARRY_BACK)
    op.drop_table("rules")
    op.execute("DROP FUNCTION refuse_change_of_rules()")
    op.drop_table("rule_sets")
