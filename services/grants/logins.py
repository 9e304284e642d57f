"""The passwords of the logins: from the environment, else made and kept in LAPOR_HOME, readable by us alone."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import make_url

from services.grants.table import LOGIN_OF, Login

#: What we make has 256 random bits, and stretching it would only slow each connection down.
_ROUNDS_OF_OURS = 1
_ROUNDS = 4096


def variable(login: Login) -> str:
    """LAPOR_INTAKE_PASSWORD, ..."""
    return f"{login.value.upper()}_PASSWORD"


#: What tells nobody but the command: each service would learn the others'.
VARIABLES = frozenset(variable(login) for login in Login)


class Logins:
    """`environment` may give passwords; the others are kept in the file, which `write` makes ours alone."""

    def __init__(self, file: Path, environment: Mapping[str, str], write: Callable[[Path, str], None]) -> None:
        self.file = file
        self._write = write
        self.given = {login: environment[variable(login)] for login in Login if environment.get(variable(login))}

    def known(self) -> dict[Login, str]:
        """By the environment, else by what was kept."""
        try:
            kept: dict[str, str] = json.loads(self.file.read_text())
        except FileNotFoundError:
            kept = {}
        return {login: kept[login] for login in Login if login in kept} | self.given

    def keep(self, passwords: Mapping[Login, str]) -> None:
        made = {login.value: password for login, password in passwords.items() if login not in self.given}
        if made:
            self._write(self.file, json.dumps(made, indent=2))

    def verifier(self, login: Login, password: str) -> str:
        return scram_verifier(password, rounds=_ROUNDS if login in self.given else _ROUNDS_OF_OURS)


def make_password() -> str:
    return secrets.token_urlsafe(32)


def scram_verifier(password: str, *, rounds: int, salt: bytes | None = None) -> str:
    """What PostgreSQL keeps instead of the password (RFC 5803): the password itself is in no statement and no log."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${rounds}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def url_of(url: str, login: Login, password: str) -> str:
    """The same database by another login."""
    return make_url(url).set(username=login.value, password=password).render_as_string(hide_password=False)


def urls_of_services(url: str, passwords: Mapping[Login, str]) -> dict[str, str]:
    return {service: url_of(url, login, passwords[login]) for service, login in LOGIN_OF.items()}
