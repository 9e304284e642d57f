"""The logins of the services on the server of the tests, whose roles all databases of it share."""

from pathlib import Path
from typing import NoReturn

from sqlalchemy import URL

from services.grants import logins
from services.grants.logins import Logins
from services.grants.table import LOGIN_OF, Login

#: The same for all runs: a server that is given may serve several of them at once.
PASSWORD = "of-the-tests"
ENVIRONMENT = {logins.variable(login): PASSWORD for login in Login}


def _write(_file: Path, _text: str) -> NoReturn:
    raise AssertionError("all passwords are given")


KNOWN = Logins(Path("nowhere"), ENVIRONMENT, _write)


def as_login(url: str | URL, login: Login) -> str:
    address = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    return logins.url_of(address, login, PASSWORD)


def as_service(url: str | URL, service: str) -> str:
    return as_login(url, LOGIN_OF[service])


def of_services(url: str | URL) -> dict[str, str]:
    return {service: as_service(url, service) for service in LOGIN_OF}
