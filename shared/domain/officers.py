"""Officers: who they are for the escalation ladder, and what becomes of the mails to them."""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType

from shared.domain.lifecycle import Level


class OfficerRole(StrEnum):
    LIAISON_OFFICER = auto()
    AGENCY_HEAD = auto()
    # of an instansi
    COORDINATOR = auto()
    REGIONAL_SECRETARY = auto()
    INSPECTORATE = auto()
    REGIONAL_HEAD = auto()
    # of none
    NATIONAL_ADMIN = auto()
    SUPERVISOR = auto()


#: Only an instansi, the root of a tree of agencies, has them.
OF_INSTANSI = frozenset(
    {OfficerRole.COORDINATOR, OfficerRole.REGIONAL_SECRETARY, OfficerRole.INSPECTORATE, OfficerRole.REGIONAL_HEAD}
)

#: They work for the whole country and belong to no agency.
NATIONAL = frozenset({OfficerRole.NATIONAL_ADMIN, OfficerRole.SUPERVISOR})

#: Whose desk a report lies on, by the level of its holder.
OWNERS: Mapping[Level, OfficerRole] = MappingProxyType(
    {
        Level.NATIONAL: OfficerRole.NATIONAL_ADMIN,
        Level.COORDINATOR: OfficerRole.COORDINATOR,
        Level.AGENCY: OfficerRole.LIAISON_OFFICER,
    }
)

#: How high a role stands: what would reach nobody goes to the next above that somebody has. The regional heads are not
#: among them: reprimands alone reach them.
RANKS: Mapping[OfficerRole, int] = MappingProxyType(
    {
        OfficerRole.LIAISON_OFFICER: 1,
        OfficerRole.AGENCY_HEAD: 2,
        OfficerRole.COORDINATOR: 3,
        OfficerRole.REGIONAL_SECRETARY: 4,
        OfficerRole.INSPECTORATE: 4,
        OfficerRole.NATIONAL_ADMIN: 5,
        OfficerRole.SUPERVISOR: 6,
    }
)


class Recipient(StrEnum):
    """Who a step of a ladder can be addressed to; the registry knows who that is for an agency."""

    LIAISON_OFFICERS = auto()
    AGENCY_HEAD = auto()
    COORDINATOR = auto()
    REGIONAL_SECRETARY = auto()
    INSPECTORATE = auto()
    NATIONAL_ADMIN = auto()
    SUPERVISORS = auto()
    REGIONAL_HEAD = auto()
    REPORTER = auto()


#: Who receives what a policy addresses to a name. Reporters are asked in their own view and regional heads with the
#: reprimand of the quarter, so that neither gets a mail for a step.
RECIPIENTS: Mapping[Recipient, OfficerRole] = MappingProxyType(
    {
        Recipient.LIAISON_OFFICERS: OfficerRole.LIAISON_OFFICER,
        Recipient.AGENCY_HEAD: OfficerRole.AGENCY_HEAD,
        Recipient.COORDINATOR: OfficerRole.COORDINATOR,
        Recipient.REGIONAL_SECRETARY: OfficerRole.REGIONAL_SECRETARY,
        Recipient.INSPECTORATE: OfficerRole.INSPECTORATE,
        Recipient.NATIONAL_ADMIN: OfficerRole.NATIONAL_ADMIN,
        Recipient.SUPERVISORS: OfficerRole.SUPERVISOR,
    }
)


class NewsChoice(StrEnum):
    """How an officer wants to hear that a report has come to them, or that its reporter has written."""

    AT_ONCE = auto()  #: within working hours
    DIGEST = auto()  #: once, in the morning


class NotificationState(StrEnum):
    PENDING = auto()
    SENT = auto()
    PARKED = auto()  #: refused to the end; waits for an operator
    DROPPED = auto()  #: not true any more: the step was revoked, the clock has ended, or it is another one's matter
