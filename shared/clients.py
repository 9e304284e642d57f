"""Who calls: their role, their agency, what they may. How a token tells it stands in http/auth. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from types import MappingProxyType


class Role(StrEnum):
    REPORTER_APP = auto()
    CHANNEL = auto()
    NATIONAL_ADMIN = auto()
    COORDINATOR = auto()
    LIAISON_OFFICER = auto()
    AGENCY_HEAD = auto()
    SUPERVISOR = auto()
    IDENTITY_CUSTODIAN = auto()
    OPERATOR = auto()
    SERVICE = auto()


AGENCY_ROLES = frozenset({Role.COORDINATOR, Role.LIAISON_OFFICER, Role.AGENCY_HEAD})
OFFICERS = AGENCY_ROLES | {Role.NATIONAL_ADMIN}
#: Who works on reports; which those are, the agency says.
WORKERS = OFFICERS | {Role.SUPERVISOR, Role.CHANNEL}
#: Whose token acts for a reporter without the access code, with the account that submitted the report.
ACTS_FOR_ACCOUNTS = Role.REPORTER_APP


class Scope(StrEnum):
    SUBMIT = "reports:submit"
    WORK = "reports:work"
    IMPORT = "reports:import"
    SECRET = "reports:secret"
    MANAGE = "registry:manage"


#: What a role needs beside itself, where it does what it is named for.
Needs = Mapping[Role, Scope]
TO_SUBMIT: Needs = MappingProxyType({Role.CHANNEL: Scope.SUBMIT})
TO_WORK: Needs = MappingProxyType({Role.CHANNEL: Scope.WORK})
#: Who looks after the registry: operators, and in their own instansi its coordinator and the officers that one names.
TO_MANAGE: Needs = MappingProxyType({Role.LIAISON_OFFICER: Scope.MANAGE, Role.AGENCY_HEAD: Scope.MANAGE})
MANAGERS = (Role.OPERATOR, Role.COORDINATOR, Role.LIAISON_OFFICER, Role.AGENCY_HEAD)


@dataclass(frozen=True, slots=True)
class Client:
    """The verified bearer of a token."""

    sub: str
    role: Role
    agency: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    expires_at: int = 0

    @property
    def actor(self) -> str:
        """How events name the person or system that did something."""
        return f"{self.role.value}:{self.sub}"

    @property
    def works_for_agency(self) -> bool:
        """Whether they work in an agency, not above it; a channel only with the scope for it."""
        if self.role is Role.CHANNEL:
            return self.agency is not None and self.has_what_it_needs(TO_WORK)
        return self.role in AGENCY_ROLES and self.role is not Role.COORDINATOR

    @property
    def supervises_a_part(self) -> bool:
        """A supervisor of a province, say: of what lies in the region of their agency, and of nothing else."""
        return self.role is Role.SUPERVISOR and self.agency is not None

    def may(self, scope: Scope) -> bool:
        return scope.value in self.scopes

    def has_what_it_needs(self, needs: Needs) -> bool:
        return self.role not in needs or self.may(needs[self.role])


#: How the ids of clients begin that are no system's: pages and messages whose doors are ours.
OURS = "lapor."
#: Where a request keeps the client that was verified before its body was read.
CLIENT = "lapor.client"
