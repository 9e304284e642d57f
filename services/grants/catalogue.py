"""What the database has and grants now."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.grants.plan import EVERYBODY, OF_POLICY, ROLES, Catalogue, Function, Grant
from services.grants.table import READER_OF, Login

SCHEMA = "public"
_OURS = {"schema": SCHEMA, "logins": list(ROLES)}

_HERE = text("SELECT current_database(), current_user")
_ROLES = text(
    """
    SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS powerful
    FROM pg_roles WHERE rolname = ANY(:logins)
    """
)
# A superuser is a member of all roles, those to come included.
_IS_MEMBER = text(
    """
    SELECT r.rolsuper OR EXISTS (SELECT FROM pg_roles o WHERE o.rolname = :owner AND pg_has_role(o.oid, 'USAGE'))
    FROM pg_roles r WHERE r.rolname = current_user
    """
)
_READING = text(
    """
    SELECT l.login FROM unnest(CAST(:of AS text[]), CAST(:readers AS text[])) AS l (login, reader)
    JOIN pg_roles m ON m.rolname = l.login JOIN pg_roles r ON r.rolname = l.reader
    WHERE pg_has_role(m.oid, r.oid, 'MEMBER')
    """
)
_SECURED = text(
    """
    SELECT relname FROM pg_class
    WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind = 'r' AND relrowsecurity
    """
)
# As it was noted, if it still is what was noted then.
_POLICIES = text(
    f"""
    SELECT p.tablename, p.policyname, CASE split_part(d.description, ' ', 2)
        WHEN {OF_POLICY} THEN split_part(d.description, ' ', 1) ELSE '' END AS noted
    FROM pg_policies p
    JOIN pg_policy y ON y.polname = p.policyname AND y.polrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
    LEFT JOIN pg_description d ON d.classoid = 'pg_policy'::regclass AND d.objoid = y.oid
    WHERE p.schemaname = :schema
    """
)
_TABLES = text(
    """
    SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
           array_agg(a.attname ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind IN ('r', 'p') GROUP BY c.oid
    """
)
# Those of an identity need no grant.
_SEQUENCES = text(
    """
    SELECT s.relname AS name, t.relname AS table FROM pg_class s
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'a'
        AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class t ON t.oid = d.refobjid
    WHERE s.relkind = 'S' AND s.relnamespace = CAST(:schema AS regnamespace)
    """
)
# Not those of extensions.
_FUNCTIONS = text(
    """
    SELECT p.proname AS name, p.oid::regprocedure::text AS signature, p.prorettype = 'trigger'::regtype AS is_trigger,
           p.prosecdef AS as_owner, p.prokind = 'a' AS is_aggregate, pg_get_userbyid(p.proowner) AS owner
    FROM pg_proc p WHERE p.pronamespace = CAST(:schema AS regnamespace) AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ORDER BY signature
    """
)
# What nobody has changed yet is as PostgreSQL makes it: `acldefault`.
_GRANTED = text(
    """
    WITH things AS (
        SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.relname AS thing, '' AS column,
               c.relowner AS owner, c.relacl AS acl
        FROM pg_class c WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind IN ('r', 'p', 'S')
        UNION ALL SELECT 'TABLE ' || c.relname, a.attname, c.relowner, a.attacl
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind IN ('r', 'p') AND a.attacl IS NOT NULL
        UNION ALL SELECT 'FUNCTION ' || p.oid::regprocedure, '', p.proowner,
               coalesce(p.proacl, acldefault('f', p.proowner))
        FROM pg_proc p WHERE p.pronamespace = CAST(:schema AS regnamespace) AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        UNION ALL SELECT 'SCHEMA "' || n.nspname || '"', '', n.nspowner,
               coalesce(n.nspacl, acldefault('n', n.nspowner))
        FROM pg_namespace n WHERE n.oid = CAST(:schema AS regnamespace)
        UNION ALL SELECT 'DATABASE "' || replace(d.datname, '"', '""') || '"', '', d.datdba,
               coalesce(d.datacl, acldefault('d', d.datdba))
        FROM pg_database d WHERE d.datname = current_database()
    )
    SELECT thing, "column", CASE grantee WHEN 0 THEN :everybody ELSE pg_get_userbyid(grantee) END AS role,
           privilege_type AS "right"
    FROM things, aclexplode(acl)
    WHERE grantee <> owner AND (grantee = 0 OR pg_get_userbyid(grantee) = ANY(:logins))
    """
)


async def read(connection: AsyncConnection) -> Catalogue:
    async def rows(statement: Any, **more: Any) -> list[Any]:
        known = {name: value for name, value in (_OURS | more).items() if name in statement.compile().params}
        return list(await connection.execute(statement, known))

    database, user = (await rows(_HERE))[0]
    roles = {row.rolname: row.powerful for row in await rows(_ROLES)}
    tables, functions = await rows(_TABLES), await rows(_FUNCTIONS)
    owners = {f"TABLE {table.name}": table.owner for table in tables}
    owners |= {f"{'AGGREGATE' if one.is_aggregate else 'FUNCTION'} {one.signature}": one.owner for one in functions}
    granted = await rows(_GRANTED, everybody=EVERYBODY)
    return Catalogue(
        database,
        SCHEMA,
        user,
        frozenset(roles),
        frozenset(name for name, powerful in roles.items() if powerful),
        owners,
        {table.name: table.columns for table in tables},
        {row.name: row.table for row in await rows(_SEQUENCES)},
        [Function(one.signature, one.name, one.is_trigger, one.as_owner, one.is_aggregate) for one in functions],
        frozenset(Grant(row.thing, row.role, row.right, row.column) for row in granted),
        bool((await rows(_IS_MEMBER, owner=Login.OWNER.value))[0][0]),
        frozenset(row.login for row in await rows(_READING, of=list(READER_OF), readers=list(READER_OF.values()))),
        frozenset(row.relname for row in await rows(_SECURED)),
        {(row.tablename, row.policyname): row.noted for row in await rows(_POLICIES)},
    )
