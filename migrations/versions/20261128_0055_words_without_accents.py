"""words without accents: a text is found by its words however they are composed"""

from alembic import op

revision = "20261128_0055"
down_revision = "20261128_0046"
branch_labels = None
depends_on = None

_WORDS = "to_tsvector('indonesian'::regconfig, regexp_replace({}, '\\[[a-z ]+\\]'::text, ' '::text, 'g'::text))"
_WRITTEN = f"setweight({_WORDS.format('title')}, 'A'::\"char\") || setweight({_WORDS.format('body')}, 'B'::\"char\")"
_PLAIN = """
    to_tsvector('indonesian'::regconfig, CASE
        WHEN ((title || body) ~ '[^\\u0001-\\u007f]'::text) THEN regexp_replace(regexp_replace(
            NORMALIZE(((title || ' '::text) || body), NFKD), '\\[[a-z ]+\\]'::text, ' '::text, 'g'::text),
            '[\\u0300-\\u036f]'::text, ''::text, 'g'::text)
        ELSE ''::text END)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _search(f"{_WRITTEN} || {_PLAIN}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _search(_WRITTEN)


def _search(words: str) -> None:
    """In one statement, so that the table is written anew once; its index goes with the column."""
    op.execute(
        "ALTER TABLE public_texts DROP COLUMN search,"
        f" ADD COLUMN search tsvector GENERATED ALWAYS AS ({words}) STORED NOT NULL"
    )
    op.create_index("public_texts_search_idx", "public_texts", ["search"], postgresql_using="gin")
