"""Addresses of databases, as managed PostgreSQL, Patroni and others hand them out."""

import pytest
from asyncpg.connect_utils import _parse_connect_dsn_and_args
from sqlalchemy import URL
from sqlalchemy.engine import make_url

from services import database
from services.trouble import CannotRun
from shared.addresses import BadAddress, asyncpg_url

ADDRESS = "postgresql://lapor:s3cret@db.example:5433/lapor"


def parsed(url: str) -> tuple[object, object]:
    """What asyncpg makes of what SQLAlchemy hands it: server addresses, and how it connects."""
    translated = make_url(asyncpg_url(url))
    arguments = translated.translate_connect_args(username="user") | dict(translated.query)
    defaults = dict.fromkeys(
        ("dsn", "host", "port", "user", "password", "passfile", "database", "ssl", "service", "servicefile",
         "direct_tls", "server_settings", "target_session_attrs", "krbsrvname", "gsslib")
    )  # fmt: skip
    addresses, parameters = _parse_connect_dsn_and_args(**(defaults | arguments))
    return addresses, parameters


@pytest.mark.parametrize(
    ("parameters", "mode"),
    [
        ("", "prefer"),
        ("?sslmode=disable", "disable"),
        ("?sslmode=require", "require"),
        ("?sslmode=prefer&target_session_attrs=read-write", "prefer"),
        ("?ssl=require", "require"),
    ],
)
def test_parameters_of_libpq_reach_asyncpg(parameters: str, mode: str) -> None:
    addresses, how = parsed(ADDRESS + parameters)

    assert addresses == [("db.example", 5433)]
    assert (how.user, how.password, how.database) == ("lapor", "s3cret", "lapor")  # type: ignore[attr-defined]
    assert how.sslmode.name == mode.replace("-", "_")  # type: ignore[attr-defined]
    assert how.server_settings in (None, {})  # type: ignore[attr-defined]


def test_a_translated_address_may_be_translated_again() -> None:
    once = asyncpg_url(ADDRESS + "?sslmode=verify-full&sslrootcert=/etc/ca.pem")

    assert asyncpg_url(once) == once


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("?channel_binding=require", "channel_binding"),
        ("?sslmod=require&foo=1", "foo, sslmod"),
        ("?sslmode=on", "verify-full"),
    ],
)
def test_what_is_not_understood_is_said_in_a_sentence(parameters: str, said: str) -> None:
    with pytest.raises(BadAddress) as refused:
        asyncpg_url(ADDRESS + parameters)

    assert said in str(refused.value)
    assert "s3cret" not in str(refused.value)


async def test_a_server_without_tls_is_refused_in_a_sentence_where_tls_is_required(server: URL) -> None:
    url = server.render_as_string(hide_password=False)
    await database.check_reachable(f"{url}?sslmode=disable")
    await database.check_reachable(f"{url}?sslmode=prefer")

    for parameters in ("sslmode=require", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem", "sslmode=on", "foo=bar"):
        with pytest.raises(CannotRun):
            await database.check_reachable(f"{url}?{parameters}")
