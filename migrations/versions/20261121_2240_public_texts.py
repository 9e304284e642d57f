"""public texts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_2240"
down_revision = "20261121_2230"
branch_labels = None
depends_on = None

# A trusted extension: whoever may create in the database may create it, no superuser is needed.
_TRIGRAMS = """
    DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN OTHERS THEN
        RAISE EXCEPTION USING
            ERRCODE = SQLSTATE,
            MESSAGE = 'The extension pg_trgm, by which similar words are found, cannot be created: ' || SQLERRM,
            HINT = 'Install the contrib modules of this PostgreSQL and either grant CREATE on the database to '
                || current_user || ' or have somebody who may run CREATE EXTENSION pg_trgm in it; then migrate again.';
    END $$
"""
# What stands in the place of a mask, as in [nama], is no word that anybody looks for.
_WORDS = "to_tsvector('indonesian'::regconfig, regexp_replace({}, '\\[[a-z ]+\\]'::text, ' '::text, 'g'::text))"
_SEARCH = f"setweight({_WORDS.format('title')}, 'A'::\"char\") || setweight({_WORDS.format('body')}, 'B'::\"char\")"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_TRIGRAMS)
    op.create_table(
        "public_texts",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("masks", postgresql.JSONB(), nullable=False),
        sa.Column("masking", sa.SmallInteger(), nullable=False),
        sa.Column("masked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("masked_by", sa.Text(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed(_SEARCH, persisted=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("public_texts_report_id_fkey")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("public_texts_pkey")),
    )
    op.add_column("messages", sa.Column("public_body", sa.Text()))
    op.create_index("public_texts_search_idx", "public_texts", ["search"], postgresql_using="gin")
    op.create_index(
        "public_texts_title_idx",
        "public_texts",
        ["title"],
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )


def downgrade() -> None:
    """The extension stays: it may have been there before, and others may use it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("messages", "public_body")
    op.drop_table("public_texts")
