"""Who calls: their role, their agency, what they may. How a token tells it stands in http/auth. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum, auto


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


class Scope(StrEnum):
    SUBMIT = "reports:submit"
    WORK = "reports:work"
    IMPORT = "reports:import"
    SECRET = "reports:secret"


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
            return self.agency is not None and self.may(Scope.WORK)
        return self.role in AGENCY_ROLES and self.role is not Role.COORDINATOR

    def may(self, scope: Scope) -> bool:
        return scope.value in self.scopes


#: Where a request keeps the client that was verified before its body was read.
CLIENT = "lapor.client"
