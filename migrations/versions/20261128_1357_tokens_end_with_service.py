"""what was given out to an officer ends when they or their agency go out of service, and is not good again afterwards

Compatible with the previous release: yes.
"""

from alembic import op

revision = "20261128_1357"
down_revision = "20261128_1341"
branch_labels = None
depends_on = None

_OFFICERS = """
CREATE OR REPLACE FUNCTION tell_account_of_officer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET email = NEW.email{epoch} WHERE officer_id = NEW.id;
    RETURN NULL;
END $$
"""
_AGENCIES = """
CREATE OR REPLACE FUNCTION tell_accounts_of_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET changed_at = clock_timestamp(){epoch}
    WHERE agency_code = NEW.code OR officer_id IN (SELECT id FROM officers WHERE agency_code = NEW.code);
    RETURN NULL;
END $$
"""
_NEXT = ", epoch = epoch + CASE WHEN OLD.active AND NOT NEW.active THEN 1 ELSE 0 END"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (_OFFICERS, _AGENCIES):
        op.execute(function.format(epoch=_NEXT))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (_OFFICERS, _AGENCIES):
        op.execute(function.format(epoch=""))
