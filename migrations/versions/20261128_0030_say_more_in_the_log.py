"""say more in the log, and count the length of what is hashed

Compatible with the previous release: its events do not fit the new hash, and nothing was released yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0030"
down_revision = "20261128_0029"
branch_labels = None
depends_on = None

# The same bytes as shared/ids.py frames and shared/log/events.py hashes; tests compare them.
FRAMED = """
CREATE FUNCTION framed(field text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(octet_length(convert_to(field, 'UTF8')) || ':' || field, '-')
"""

SALTED_DIGEST = """
CREATE FUNCTION salted_digest(salt bytea, VARIADIC words text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(
    convert_to(octet_length(salt) || ':', 'UTF8') || salt || convert_to(coalesce((
        SELECT string_agg(framed(word), '' ORDER BY place) FROM unnest(words) WITH ORDINALITY AS w (word, place)
    ), ''), 'UTF8')), 'hex')
"""

EVENT_HASH = """
CREATE OR REPLACE FUNCTION event_hash(
    previous bytea, event_id uuid, report_id uuid, seq integer, type text,
    occurred_at timestamptz, recorded_at timestamptz, actor text, data text
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN sha256(previous || convert_to(
    {}, 'UTF8'))
"""
FIELDS = (
    "event_id::text",
    "report_id::text",
    "seq::text",
    "type",
    "(extract(epoch FROM occurred_at) * 1000000)::bigint::text",
    "(extract(epoch FROM recorded_at) * 1000000)::bigint::text",
    "actor",
    "data",
)
BEFORE = " || '|' || ".join(("'1'", *FIELDS))
AFTER = " || ".join(f"framed({field})" for field in ("'2'", *FIELDS))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FRAMED)
    op.execute(SALTED_DIGEST)
    op.execute(EVENT_HASH.format(AFTER))
    op.add_column(
        "reports",
        sa.Column(
            "private_salt", sa.LargeBinary(), server_default=sa.text("uuid_send(gen_random_uuid())"), nullable=False
        ),
    )


def downgrade() -> None:
    op.drop_column("reports", "private_salt")
    op.execute(EVENT_HASH.format(BEFORE))
    op.execute("DROP FUNCTION salted_digest")
    op.execute("DROP FUNCTION framed")
