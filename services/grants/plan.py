"""From what the database grants to what it should: the statements, and nothing if it is so already. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from services.grants.policies import POLICIES, RowPolicy
from services.grants.table import CALLED_BY, READER_OF, TABLES, WITH_RIGHTS_OF_OWNER, Login, Right

EVERYBODY = "PUBLIC"
ROLES: tuple[str, ...] = (*(login.value for login in Login), *READER_OF.values())


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """`thing` as it stands in a statement: TABLE events. `column` is empty for the whole of it."""

    thing: str
    role: str
    right: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    signature: str  #: link_hash(bytea, bytea, text)
    name: str
    is_trigger: bool
    as_owner: bool
    is_aggregate: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is, and who may do what with it now."""

    database: str
    schema: str
    user: str
    roles: frozenset[str]
    #: Of ours: those that may do more than log in.
    powerful: frozenset[str] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)  #: of tables, functions and sequences, as in `Grant.thing`
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)  #: of each table
    sequences: Mapping[str, str] = field(default_factory=dict)  #: whose numbers a table takes: its name
    functions: Sequence[Function] = ()
    granted: frozenset[Grant] = frozenset()
    is_member: bool = True  #: the user may act as the owner
    reading: frozenset[str] = frozenset()  #: logins that may take the role they read by
    secured: frozenset[str] = frozenset()  #: tables with row-level security
    policies: Mapping[tuple[str, str], str] = field(default_factory=dict)  #: noted as, by table and name


def missing_roles(found: Catalogue) -> list[str]:
    return [name for name in ROLES if name not in found.roles]


def unknown_tables(found: Catalogue) -> list[str]:
    """Those that have no line: nobody but the owner may use them."""
    return sorted(found.columns.keys() - TABLES.keys())


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def roles_made(found: Catalogue) -> Iterator[str]:
    for name in missing_roles(found):
        yield f"CREATE ROLE {name} {'NOLOGIN' if name in READER_OF.values() else 'LOGIN'}"
    for name in sorted(found.powerful):
        yield f"ALTER ROLE {name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    if not found.is_member:
        yield f"GRANT {Login.OWNER} TO {quoted(found.user)}"
    for login, reader in READER_OF.items():
        if login not in found.reading:
            yield f"GRANT {reader} TO {login}"


def changes(found: Catalogue) -> list[str]:
    """What the owner of the database says; the roles are there."""
    wanted, granted = frozenset(_wanted(found)), found.granted - _of_others(found)
    gained, lost = wanted - granted, granted - wanted
    # To the schema first: whoever is handed something has to be allowed to make things there.
    before = [grant for grant in gained if grant.thing.startswith(("SCHEMA", "DATABASE"))]
    return [
        *_statements("REVOKE", lost),
        *_statements("GRANT", before),
        *_handed_over(found),
        *_with_rights_of_owner(found),
        *_statements("GRANT", gained.difference(before)),
        *_secured(found),
    ]


def _secured(found: Catalogue) -> Iterator[str]:
    """A policy is known by what it is noted as: a digest of its definition here, and of what PostgreSQL made of it."""
    for table, policies in POLICIES.items():
        if table not in found.columns:
            continue
        for policy in policies:
            if found.policies.get((table, policy.name)) != policy.digest:
                yield f"DROP POLICY IF EXISTS {policy.name} ON {table}"
                yield f"CREATE POLICY {policy.name} ON {table} {policy.definition}"
                yield _noted(table, policy)
        known = {policy.name for policy in policies}
        for other in sorted(name for of, name in found.policies if of == table and name not in known):
            yield f"DROP POLICY {quoted(other)} ON {table}"
        if table not in found.secured:
            yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"


#: What PostgreSQL keeps of a policy, as one digest.
OF_POLICY = "md5(concat_ws('|', roles, cmd, permissive, qual, with_check))"


def _noted(table: str, policy: RowPolicy) -> str:
    return (
        f"DO $$ BEGIN EXECUTE format('COMMENT ON POLICY {policy.name} ON {table} IS %L', '{policy.digest} ' || "
        f"(SELECT {OF_POLICY} FROM pg_policies WHERE tablename = '{table}' AND policyname = '{policy.name}')); END $$"
    )


def _handed_over(found: Catalogue) -> Iterator[str]:
    for thing, owner in sorted(found.owners.items()):
        if owner != Login.OWNER:
            yield f"ALTER {thing} OWNER TO {Login.OWNER}"


def _with_rights_of_owner(found: Catalogue) -> Iterator[str]:
    """With a path of its own: what a caller puts before it is not taken for ours."""
    for function in found.functions:
        wanted = function.name in WITH_RIGHTS_OF_OWNER
        if function.as_owner != wanted:
            act = "DEFINER" if wanted else "INVOKER"
            path = f"SET search_path = {quoted(found.schema)}, pg_temp" if wanted else "RESET search_path"
            yield f"ALTER FUNCTION {function.signature} SECURITY {act} {path}"


def _wanted(found: Catalogue) -> Iterator[Grant]:
    """Not what the owner may: that is everything."""
    database, schema = f"DATABASE {quoted(found.database)}", f"SCHEMA {quoted(found.schema)}"
    yield from (Grant(database, login, "CONNECT") for login in Login)
    yield Grant(database, Login.OWNER, "CREATE")
    yield from (Grant(schema, name, "USAGE") for name in ROLES)
    yield Grant(schema, Login.OWNER, "CREATE")
    for table, columns in found.columns.items():
        yield from _of_table(table, columns)
    for sequence, table in found.sequences.items():
        for login, rights in TABLES.get(table, {}).items():
            if Right.INSERT in rights:
                yield from _for_login(login, f"SEQUENCE {sequence}", "USAGE")
    for function in found.functions:
        yield from _of_function(function)


def _of_others(found: Catalogue) -> set[Grant]:
    """What everybody has by default and an administrator may have taken away. Tables of a newer version stay, too."""
    database, schema = f"DATABASE {quoted(found.database)}", f"SCHEMA {quoted(found.schema)}"
    unknown = {f"TABLE {table}" for table in unknown_tables(found)}
    return {Grant(database, EVERYBODY, "CONNECT"), Grant(schema, EVERYBODY, "USAGE")} | {
        grant for grant in found.granted if grant.thing in unknown
    }


def _of_table(table: str, columns: Sequence[str]) -> Iterator[Grant]:
    for login, rights in TABLES.get(table, {}).items():
        for right, named in rights.items():
            for column in named or [""]:
                if column == "" or column in columns:
                    yield from _for_login(login, f"TABLE {table}", right.upper(), column)


def _for_login(login: Login, thing: str, right: str, column: str = "") -> Iterator[Grant]:
    """And for the role it reads by: some GETs write, too, and what they read of is another matter."""
    yield Grant(thing, login, right, column)
    if login in READER_OF:
        yield Grant(thing, READER_OF[login], right, column)


def _of_function(function: Function) -> Iterator[Grant]:
    """A trigger fires whoever may not call its function; and on a table of somebody's own it must not."""
    thing = f"FUNCTION {function.signature}"
    if function.name in WITH_RIGHTS_OF_OWNER:
        for login in CALLED_BY.get(function.name, ()):
            yield from _for_login(login, thing, "EXECUTE")
    elif not function.is_trigger:
        yield Grant(thing, EVERYBODY, "EXECUTE")


def _statements(verb: str, grants: Iterable[Grant]) -> Iterator[str]:
    """One for each thing and role."""
    join = "TO" if verb == "GRANT" else "FROM"
    for (thing, role), group in groupby(sorted(grants), key=lambda grant: (grant.thing, grant.role)):
        columns: defaultdict[str, list[str]] = defaultdict(list)
        for grant in group:
            columns[grant.right].append(grant.column)
        rights = [right if named == [""] else f"{right} ({', '.join(named)})" for right, named in columns.items()]
        yield f"{verb} {', '.join(rights)} ON {thing} {join} {role}"
