"""From what the database grants to what it should."""

from dataclasses import replace

from services.grants import plan
from services.grants.plan import Catalogue, Function, Grant
from services.grants.policies import POLICIES
from services.grants.table import LOGIN_OF, READER_OF, WITH_RIGHTS_OF_OWNER, Login

ROLES = frozenset(plan.ROLES)
EMPTY = Catalogue("lapor", "public", "admin", ROLES, reading=frozenset(READER_OF))


def the_whole(found: Catalogue) -> Catalogue:
    """After its statements: nothing is missing."""
    return replace(
        found,
        secured=frozenset(POLICIES.keys() & found.columns.keys()),
        policies={(table, each.name): each.digest for table in POLICIES for each in POLICIES[table]},
        granted=frozenset(plan._wanted(found)),
        owners=dict.fromkeys(found.owners, Login.OWNER.value),
        functions=[replace(one, as_owner=one.name in WITH_RIGHTS_OF_OWNER) for one in found.functions],
    )


def test_roles_that_are_missing_are_made_and_the_user_becomes_a_member_of_the_owner() -> None:
    found = replace(EMPTY, roles=ROLES - {"lapor_audit", "lapor_monitor_reader"}, is_member=False, reading=frozenset())

    assert list(plan.roles_made(found)) == [
        "CREATE ROLE lapor_audit LOGIN", "CREATE ROLE lapor_monitor_reader NOLOGIN", 'GRANT lapor_owner TO "admin"',
        "GRANT lapor_intake_reader TO lapor_intake", "GRANT lapor_routing_reader TO lapor_routing",
        "GRANT lapor_monitor_reader TO lapor_monitor",
    ]  # fmt: skip


def test_a_login_that_may_do_more_is_taken_that() -> None:
    found = replace(EMPTY, powerful=frozenset({"lapor_intake"}))

    assert list(plan.roles_made(found)) == [
        "ALTER ROLE lapor_intake NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    ]


def test_nothing_is_said_when_all_is_as_it_should_be() -> None:
    found = replace(
        EMPTY, columns={"events": ["id"], "reports": ["id", "status"]}, owners={"TABLE events": "admin"},
        functions=[Function("log_registry_change()", "log_registry_change", True, False)],
    )  # fmt: skip

    assert plan.changes(found) != []
    assert plan.changes(the_whole(found)) == []


def test_a_right_that_is_missing_is_granted_and_one_too_many_revoked_first() -> None:
    whole = the_whole(replace(EMPTY, columns={"reports": ["id", "status", "changed_at"]}))
    missing = {grant for grant in whole.granted if grant.role == "lapor_routing" and grant.right == "UPDATE"}
    found = replace(
        whole, granted=whole.granted - missing | {Grant("TABLE reports", "lapor_routing", "DELETE")}
    )  # fmt: skip

    assert plan.changes(found) == [
        "REVOKE DELETE ON TABLE reports FROM lapor_routing",
        "GRANT UPDATE (changed_at, status) ON TABLE reports TO lapor_routing",
    ]


def test_tables_of_a_newer_version_are_left_alone_and_named() -> None:
    newer = Grant("TABLE newer", "lapor_intake", "SELECT")
    found = replace(EMPTY, columns={"newer": ["id"]})
    whole = the_whole(found)

    assert plan.changes(replace(whole, granted=whole.granted | {newer})) == []
    assert plan.unknown_tables(found) == ["newer"]


def test_what_everybody_may_by_default_stays_but_tables_of_their_own_and_calling_triggers() -> None:
    function = Function("refuse_change()", "refuse_change", True, False)
    whole = the_whole(replace(EMPTY, functions=[function]))
    by_default = {
        Grant('DATABASE "lapor"', "PUBLIC", "CONNECT"), Grant('DATABASE "lapor"', "PUBLIC", "TEMPORARY"),
        Grant('SCHEMA "public"', "PUBLIC", "USAGE"), Grant("FUNCTION refuse_change()", "PUBLIC", "EXECUTE"),
    }  # fmt: skip

    assert plan.changes(replace(whole, granted=whole.granted | by_default)) == [
        'REVOKE TEMPORARY ON DATABASE "lapor" FROM PUBLIC', "REVOKE EXECUTE ON FUNCTION refuse_change() FROM PUBLIC",
    ]  # fmt: skip


def test_a_sequence_goes_with_the_right_to_insert() -> None:
    found = replace(EMPTY, sequences={"calendars_id_seq": "calendars"})

    assert [statement for statement in plan.changes(found) if "SEQUENCE" in statement] == [
        "GRANT USAGE ON SEQUENCE calendars_id_seq TO lapor_monitor",
        "GRANT USAGE ON SEQUENCE calendars_id_seq TO lapor_monitor_reader",
    ]


def test_each_service_has_a_login() -> None:
    assert set(LOGIN_OF) == {"intake_api", "routing_service", "sla_monitor"}


def test_a_policy_that_was_changed_is_made_anew_and_one_of_nobody_goes() -> None:
    whole = the_whole(replace(EMPTY, columns={"messages": ["id"]}))
    found = replace(whole, policies={**whole.policies, ("messages", "reach"): "", ("messages", "open"): ""})

    statements = plan.changes(found)

    assert [each.partition(" USING")[0] for each in statements if not each.startswith("DO")] == [
        "DROP POLICY IF EXISTS reach ON messages",
        "CREATE POLICY reach ON messages FOR SELECT TO lapor_intake_reader, lapor_routing_reader, lapor_monitor_reader",
        'DROP POLICY "open" ON messages',
    ]


def test_a_table_whose_rows_are_no_longer_hidden_is_secured_again() -> None:
    whole = the_whole(replace(EMPTY, columns={"reports": ["id"]}))

    assert plan.changes(replace(whole, secured=frozenset())) == ["ALTER TABLE reports ENABLE ROW LEVEL SECURITY"]
