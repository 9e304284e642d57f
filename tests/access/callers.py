"""Who calls, in the table: one of each role, with the agency that the reports are held by, another one, or none.

The agencies are those of `tests/factories.py`: SAMARINDA-PU, below SAMARINDA, holds the reports; SAMARINDA-DINKES has
the same coordinator, BALIKPAPAN another one. KALTIM is the province of both.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from types import MappingProxyType

from joserfc import jws

from shared.actors import MONITOR, ROUTING
from shared.clients import Role
from shared.http.kinds import SESSION
from shared.ids import new_id
from tests.factories import FOREIGN, SIGNER, bearer

OWN, FOREIGN_AGENCY, COORDINATION, FOREIGN_COORDINATION = "SAMARINDA-PU", "SAMARINDA-DINKES", "SAMARINDA", "BALIKPAPAN"
PROVINCE = "KALTIM"
ACCOUNT = "account-1"
WORKS = ("reports:submit", "reports:work")

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """`role` is none for whoever sends no token of theirs; `headers` are made for the report that the row names."""

    name: str
    said: str
    headers: Callable[[str], Headers]
    role: Role | None = None


def _of(
    name: str, role: Role, said: str, agency: str | None = None, scopes: tuple[str, ...] = (), **more: str
) -> Caller:
    sent = bearer(role, sub=_subject(role, agency), agency=agency, scopes=scopes) | more
    return Caller(name, said, lambda code: sent, role)


def _subject(role: Role, agency: str | None) -> str:
    return f"{role}-{agency or 'none'}".lower()


def officers_who_call() -> Iterator[dict[str, object]]:
    """As the registry of officers has them, by the `sub` of their tokens."""
    national = [(Role.NATIONAL_ADMIN, None), (Role.SUPERVISOR, None)]
    coordinators = [(Role.COORDINATOR, one) for one in (COORDINATION, FOREIGN_COORDINATION)]
    of_agencies = product((Role.LIAISON_OFFICER, Role.AGENCY_HEAD), (OWN, FOREIGN_AGENCY))
    for role, agency in (*national, *coordinators, *of_agencies):
        subject = _subject(role, agency)
        yield {
            "id": new_id(), "role": role.value, "agency_code": agency, "name": "Uji", "subject": subject,
            "email": f"{subject}@uji.example",
        }  # fmt: skip


def _app(name: str, said: str, sub: str) -> Caller:
    sent = bearer(Role.REPORTER_APP, sub=sub) | {"X-Reporter-Reference": ACCOUNT}
    return Caller(name, said, lambda code: sent, Role.REPORTER_APP)


#: Each refused as no token of ours.
BAD_TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "a coordinator without an agency": SIGNER.mint(Role.COORDINATOR, sub="somebody"),
        "a liaison officer without an agency": SIGNER.mint(Role.LIAISON_OFFICER, sub="somebody"),
        "an agency head without an agency": SIGNER.mint(Role.AGENCY_HEAD, sub="somebody"),
        "signed by somebody else": FOREIGN.mint(Role.NATIONAL_ADMIN, sub="somebody"),
        "expired": SIGNER.mint(Role.NATIONAL_ADMIN, sub="somebody", seconds=-1),
        "no token at all": "x.y.z",
    }
)


def _service(name: str, service: str) -> Caller:
    sent = bearer(Role.SERVICE, sub=service)
    return Caller(name, service, lambda code: sent, Role.SERVICE)


def in_a_session(headers: Headers) -> Headers:
    """The same caller, logged in at the pages; a bad token is a bad cookie."""
    token = headers.get("Authorization", "").removeprefix("Bearer ")
    if token.count(".") != 2 or token == "x.y.z":
        return {}
    return {"Cookie": f"lapor_session={token if token in BAD_TOKENS.values() else _session_of(token)}"}


@cache
def _session_of(token: str) -> str:
    claims = json.loads(jws.extract_compact(token.encode()).payload)
    scopes, agency = claims.get("scope", "").split(), claims.get("agency")
    return SIGNER.mint(Role(claims["role"]), sub=claims["sub"], agency=agency, scopes=scopes, kind=SESSION)


def a_bad_token(number: int) -> Headers:
    """Another one for each number, by turns."""
    tokens = list(BAD_TOKENS.values())
    return {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}


#: In the order of the columns.
CALLERS: tuple[Caller, ...] = (
    Caller("none", "nobody that says who they are", lambda code: {}),
    Caller("code", "whoever has the access code of the report", lambda code: {"X-Access-Code": code}),
    _app("app", "the app that submitted the report, for its account", "mobile-app"),
    _app("app'", "another app, for an account that it calls the same", "another-app"),
    _of("cha", Role.CHANNEL, "a channel of the agency, with both scopes", OWN, WORKS),
    _of("cha'", Role.CHANNEL, "a channel of another agency, with both scopes", FOREIGN_AGENCY, WORKS),
    _of("cha-", Role.CHANNEL, "a channel of the agency, without a scope", OWN),
    _of("cha0", Role.CHANNEL, "a channel without an agency, with both scopes", None, WORKS),
    _of("adm", Role.NATIONAL_ADMIN, "a national administrator"),
    _of("coo", Role.COORDINATOR, "the coordinator of the agency", COORDINATION),
    _of("coo'", Role.COORDINATOR, "the coordinator of another instansi", FOREIGN_COORDINATION),
    _of("off", Role.LIAISON_OFFICER, "a liaison officer of the agency", OWN),
    _of("off'", Role.LIAISON_OFFICER, "a liaison officer of another agency below the same coordinator", FOREIGN_AGENCY),
    _of("hea", Role.AGENCY_HEAD, "the head of the agency", OWN),
    _of("hea'", Role.AGENCY_HEAD, "the head of another agency below the same coordinator", FOREIGN_AGENCY),
    _of("sup", Role.SUPERVISOR, "a supervisor"),
    _of("sup+", Role.SUPERVISOR, "a supervisor who may read secret reports", None, ("reports:secret",)),
    _of("pro", Role.SUPERVISOR, "a supervisor of the province that the agency lies in", PROVINCE),
    _of("pro'", Role.SUPERVISOR, "a supervisor of another region", FOREIGN_COORDINATION),
    _of("cus", Role.IDENTITY_CUSTODIAN, "an identity custodian"),
    _of("ope", Role.OPERATOR, "an operator"),
    _service("svc", ROUTING),
    _service("svc'", MONITOR),
    Caller("bad", "a token that is forged, expired, or lacks its agency", lambda code: a_bad_token(0)),
)
