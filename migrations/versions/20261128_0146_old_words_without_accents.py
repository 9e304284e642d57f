"""old words without accents: who looks for kafe finds the reports of Kafé that were there before they were indexed

Compatible with the previous release: yes. A row gets words more; what a worker stored of newer reports stays in it.
"""

from alembic import op

revision = "20261128_0146"
down_revision = "20261128_0118"
branch_labels = None
depends_on = None

#: As shared.domain.folding.searchable reads words: nothing that nobody sees, and no accents.
_PLAIN = (
    r"regexp_replace(regexp_replace(normalize(regexp_replace({}, '[\u00ad\u200b-\u200f\u2060\ufeff]', '', 'g'), NFKD),"
    r" '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g')"
)
_SPACED = (
    r"regexp_replace(regexp_replace(" + _PLAIN + r", '([[:alpha:]])([[:digit:]])', '\1 \2', 'g'),"
    r" '([[:digit:]])([[:alpha:]])', '\1 \2', 'g')"
)
_VECTOR = "to_tsvector('simple', {0}) || to_tsvector('indonesian', {0})"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        rf"""
        UPDATE report_words SET search = search
            || setweight({_VECTOR.format("title")}, CASE WHEN verified THEN 'A'::"char" ELSE 'B'::"char" END)
            || setweight({_VECTOR.format("body")}, 'C')
        FROM (
            SELECT id, {_SPACED.format("coalesce(verified_title, title)")} AS title,
                   verified_title IS NOT NULL AS verified, {_SPACED.format("body")} AS body
            FROM reports WHERE coalesce(verified_title, title) || body ~ '[^\u0001-\u007f]'
        ) AS r WHERE r.id = report_words.report_id
        """
    )


def downgrade() -> None:
    """More words than the release before would have stored do it no harm."""
