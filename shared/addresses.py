"""Addresses of databases, as other programs write them."""

from urllib.parse import urlencode

from sqlalchemy.engine import URL, make_url

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
#: What libpq calls it, and asyncpg understands in a DSN.
_PASSED_ON = (
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslpassword", "sslnegotiation",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "passfile", "krbsrvname", "gsslib",
)  # fmt: skip
#: Several servers of one cluster; SQLAlchemy reads these by itself.
_OWN = ("host", "port")


class BadAddress(ValueError):
    """The message is a sentence that says what to write instead."""


def asyncpg_url(url: str) -> str:
    """Any PostgreSQL address, as SQLAlchemy wants it for asyncpg. Raises BadAddress for a parameter of none of them."""
    return _translated(make_url(url)).render_as_string(hide_password=False)


def _translated(url: URL) -> URL:
    """SQLAlchemy hands every parameter to `asyncpg.connect`, which knows those of libpq in a DSN alone."""
    url = url.set(drivername="postgresql+asyncpg")
    given = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    dsn = given.pop("dsn", "").partition("?")[2]  # of an address that was translated before
    if "ssl" in given:  # what asyncpg calls it
        given.setdefault("sslmode", given.pop("ssl"))
    unknown = sorted(given.keys() - {*_PASSED_ON, *_OWN})
    if unknown:
        raise BadAddress(
            f"LAPOR_DATABASE_URL has a parameter that is not understood ({', '.join(unknown)}); take it out. It takes "
            f"{', '.join((*_OWN, *_PASSED_ON))}."
        )
    if given.get("sslmode", "prefer") not in SSL_MODES:
        raise BadAddress(f"sslmode in LAPOR_DATABASE_URL is one of {', '.join(SSL_MODES)}.")
    passed_on = urlencode({name: given[name] for name in _PASSED_ON if name in given}) or dsn
    query = {name: value for name, value in url.query.items() if name in _OWN}
    return url.set(query={**query, "dsn": f"postgresql:///?{passed_on}"} if passed_on else query)
