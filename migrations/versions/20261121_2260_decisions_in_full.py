"""decisions in full"""

from alembic import op

revision = "20261121_2260"
down_revision = "20261121_2250"
branch_labels = None
depends_on = None

# A doubt was a code; it is a code with the values of its sentence now.
_DOUBTS = """
    UPDATE routing_decisions SET explanation = jsonb_set(explanation, '{suggestion,doubts}', (
        SELECT coalesce(jsonb_agg(%s ORDER BY place), '[]')
        FROM jsonb_array_elements(explanation #> '{suggestion,doubts}') WITH ORDINALITY AS doubts (doubt, place)
    ))
    WHERE jsonb_typeof(explanation #> '{suggestion,doubts}') = 'array'
"""
# "Several agencies" is told by the rule that failed, which old decisions do not have.
_AS_OBJECT = """
    CASE WHEN doubt = '"several_agencies"' THEN
        '{"code": "rule_failed", "rule": null, "position": "…", "failure": "several_competent",
          "values": {"agencies": "…"}}'
    ELSE jsonb_build_object('code', doubt) END
"""
_AS_CODE = "doubt->'code'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_DOUBTS % _AS_OBJECT)
    # Who keeps the names of regions with the boundaries in memory learns of new ones.
    op.execute(
        "CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON regions"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_boundary_change()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER count_change ON regions")
    op.execute(_DOUBTS % _AS_CODE)
