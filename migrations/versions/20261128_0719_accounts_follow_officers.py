"""an account follows its officer and its agency: name to log in with, and when it changed

Compatible with the previous release: yes.
"""

from alembic import op

revision = "20261128_0719"
down_revision = "20261128_0703"
branch_labels = None
depends_on = None

# The name to log in with is unique over all accounts; the address of an officer is it, too.
_OFFICERS = """
CREATE FUNCTION tell_account_of_officer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET email = NEW.email WHERE officer_id = NEW.id;
    RETURN NULL;
END $$
"""
_AGENCIES = """
CREATE FUNCTION tell_accounts_of_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET changed_at = clock_timestamp()
    WHERE agency_code = NEW.code OR officer_id IN (SELECT id FROM officers WHERE agency_code = NEW.code);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_OFFICERS)
    op.execute(
        "CREATE TRIGGER tell_account AFTER UPDATE OF agency_code, role, email, active ON officers FOR EACH ROW "
        "WHEN ((OLD.agency_code, OLD.role, OLD.email, OLD.active) "
        "IS DISTINCT FROM (NEW.agency_code, NEW.role, NEW.email, NEW.active)) "
        "EXECUTE FUNCTION tell_account_of_officer()"
    )
    op.execute(_AGENCIES)
    op.execute(
        "CREATE TRIGGER tell_accounts AFTER UPDATE OF active ON agencies FOR EACH ROW "
        "WHEN (OLD.active IS DISTINCT FROM NEW.active) EXECUTE FUNCTION tell_accounts_of_agency()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tell_accounts ON agencies")
    op.execute("DROP FUNCTION tell_accounts_of_agency()")
    op.execute("DROP TRIGGER tell_account ON officers")
    op.execute("DROP FUNCTION tell_account_of_officer()")
