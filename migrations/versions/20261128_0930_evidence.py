"""files that prove something, and how they come in

Compatible with the previous release: yes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0930"
down_revision = "20261128_0828"
branch_labels = None
depends_on = None

STATES = ("waiting", "ready", "refused", "quarantined", "erased")
VARIANTS = ("original", "public", "large", "small")
INSTANT = sa.DateTime(timezone=True)


def _codes(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=24, create_constraint=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "files",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="files_pkey"),
        sa.UniqueConstraint("location", name="files_location_key"),
        sa.CheckConstraint("octet_length(digest) = 32", name="files_digest_check"),
        sa.CheckConstraint("size > 0", name="files_size_check"),
    )
    op.create_index("files_stored_at_idx", "files", ["stored_at"])
    _create_evidence()
    _create_renditions()
    _create_uploads()


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=True),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("state", _codes(*STATES, name="state"), server_default="waiting", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("processed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="evidence_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="evidence_report_id_fkey"),
        sa.ForeignKeyConstraint(["file_digest"], ["files.digest"], name="evidence_file_digest_fkey"),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name="evidence_agency_code_fkey"),
        sa.UniqueConstraint("report_id", "file_digest", name="evidence_report_id_file_digest_key"),
    )
    op.create_index("evidence_report_id_idx", "evidence", ["report_id", "added_at"])
    _index_digest("evidence")
    waiting = sa.text("state = 'waiting'")
    op.create_index("evidence_waiting_idx", "evidence", ["due_at"], postgresql_where=waiting)


def _create_renditions() -> None:
    op.create_table(
        "renditions",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("variant", _codes(*VARIANTS, name="variant"), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("evidence_id", "variant", name="renditions_pkey"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="renditions_evidence_id_fkey"),
        sa.ForeignKeyConstraint(["file_digest"], ["files.digest"], name="renditions_file_digest_fkey"),
    )
    op.create_index("renditions_file_digest_idx", "renditions", ["file_digest"])


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("owner_agency", sa.Text(), nullable=True),
        sa.Column("reference_hash", sa.LargeBinary(), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("length", sa.BigInteger(), nullable=True),
        sa.Column("received", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parts", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("writer", sa.Uuid(), nullable=True),
        sa.Column("metadata_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="uploads_pkey"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="uploads_report_id_fkey"),
        sa.ForeignKeyConstraint(["file_digest"], ["files.digest"], name="uploads_file_digest_fkey"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="uploads_evidence_id_fkey"),
        sa.CheckConstraint("received >= 0 AND (length IS NULL OR received <= length)", name="uploads_received_check"),
    )
    op.create_index("uploads_expires_at_idx", "uploads", ["expires_at"])
    for column in ("report_id", "evidence_id"):
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"uploads_{column}_idx", "uploads", [column], postgresql_where=known)
    _index_digest("uploads")


def _index_digest(table: str) -> None:
    known = sa.text("file_digest IS NOT NULL")
    op.create_index(f"{table}_file_digest_idx", table, ["file_digest"], postgresql_where=known)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("uploads", "renditions", "evidence", "files"):
        op.drop_table(table)
