"""what is public is tallied, for the public map

Compatible with the previous release: yes. The reports that are there are counted while nobody writes any: some seconds
for a million of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1605"
down_revision = "20261128_1429"
branch_labels = None
depends_on = None

_KEY = ("month", "region", "category", "status_group")

# The predicate is that of `reports_published_idx`; the groups are those of shared/domain/lifecycle.py, the month is
# that of the capital, and a report counts as answered once an agency has responded, on hold or not.
_NOTE = """
CREATE FUNCTION note_public_tallies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one reports;
    sign integer;
BEGIN
    FOREACH sign IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[1] ELSE ARRAY[-1, 1] END LOOP
        IF sign = 1 THEN one := NEW; ELSE one := OLD; END IF;
        CONTINUE WHEN one.published_at IS NULL OR one.secret OR one.status IN ('archived', 'withdrawn', 'merged');
        INSERT INTO public_tally_changes (region, month, category, status_group, reports, answered)
        VALUES (
            coalesce(left(coalesce(one.shown_region_code, one.public_region_code), 8), ''),
            date_trunc('month', one.received_at AT TIME ZONE 'Asia/Jakarta'), coalesce(one.category_code, ''),
            CASE WHEN one.status IN ('received', 'verified', 'assigned') THEN 'belum'
                 WHEN one.status = 'closed' THEN 'selesai' ELSE 'proses' END,
            sign,
            CASE WHEN coalesce(one.held_from, one.status) IN ('in_progress', 'answered', 'closed') THEN sign ELSE 0 END
        );
    END LOOP;
    RETURN NULL;
END $$
"""
_COUNTED = (
    "published_at", "secret", "status", "held_from", "category_code", "shown_region_code", "public_region_code",
    "received_at",
)  # fmt: skip
# What is submitted is not public yet, and costs no call.
_WHEN_INSERTED = """
CREATE TRIGGER note_public_tallies_of_new AFTER INSERT ON reports FOR EACH ROW
WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION note_public_tallies()
"""
_WHEN_CHANGED = f"""
CREATE TRIGGER note_public_tallies_of_changed AFTER UPDATE ON reports FOR EACH ROW
WHEN (({", ".join(f"OLD.{name}" for name in _COUNTED)})
      IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in _COUNTED)}))
EXECUTE FUNCTION note_public_tallies()
"""
# Each report in its province, regency and district, as far down as its region is known.
_FILL = """
INSERT INTO public_tallies (parent, month, region, category, status_group, reports, answered)
SELECT left(c.region, l.above), c.month, left(c.region, l.here), c.category, c.status_group, sum(c.reports),
       sum(c.answered)
FROM (
    SELECT coalesce(left(coalesce(shown_region_code, public_region_code), 8), '') AS region,
           CAST(date_trunc('month', received_at AT TIME ZONE 'Asia/Jakarta') AS date) AS month,
           coalesce(category_code, '') AS category,
           CASE WHEN status IN ('received', 'verified', 'assigned') THEN 'belum'
                WHEN status = 'closed' THEN 'selesai' ELSE 'proses' END AS status_group,
           count(*) AS reports,
           count(*) FILTER (WHERE coalesce(held_from, status) IN ('in_progress', 'answered', 'closed')) AS answered
    FROM reports
    WHERE published_at IS NOT NULL AND NOT secret AND status NOT IN ('archived', 'withdrawn', 'merged')
    GROUP BY 1, 2, 3, 4
) AS c
JOIN (VALUES (0, 2), (2, 5), (5, 8)) AS l (above, here)
    ON length(c.region) >= l.here OR (c.region = '' AND l.above = 0)
GROUP BY 1, 2, 3, 4, 5
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _tables()
    for statement in (_NOTE, _WHEN_INSERTED, _WHEN_CHANGED, _FILL):
        op.execute(statement)


def _tables() -> None:
    codes = [sa.Column(name, sa.Text(), nullable=False) for name in ("region", "category", "status_group")]
    op.create_table(
        "public_tallies",
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        *codes,
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("parent", *_KEY, name="public_tallies_pkey"),
    )
    op.create_table(
        "public_tally_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("status_group", sa.Text(), nullable=False),
        sa.Column("reports", sa.SmallInteger(), nullable=False),
        sa.Column("answered", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="public_tally_changes_pkey"),
    )


def downgrade() -> None:
    for name in ("new", "changed"):
        op.execute(f"DROP TRIGGER note_public_tallies_of_{name} ON reports")
    op.execute("DROP FUNCTION note_public_tallies()")
    for table in ("public_tally_changes", "public_tallies"):
        op.drop_table(table)
