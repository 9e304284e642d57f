"""Officers: who they are for the escalation ladder, and what becomes of the mails to them."""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType


class Language(StrEnum):
    ID = "id"
    EN = "en"


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


#: Only an instansi, the root of a tree of agencies, has them.
OF_INSTANSI = frozenset(
    {OfficerRole.COORDINATOR, OfficerRole.REGIONAL_SECRETARY, OfficerRole.INSPECTORATE, OfficerRole.REGIONAL_HEAD}
)

#: Who receives what a policy addresses to a name. The reporter is asked in his own view and the regional head with the
#: reprimand of the quarter, so that neither gets a mail for a step.
RECIPIENTS: Mapping[str, OfficerRole] = MappingProxyType(
    {
        "liaison_officers": OfficerRole.LIAISON_OFFICER,
        "agency_head": OfficerRole.AGENCY_HEAD,
        "coordinator": OfficerRole.COORDINATOR,
        "regional_secretary": OfficerRole.REGIONAL_SECRETARY,
        "inspectorate": OfficerRole.INSPECTORATE,
        "national_admin": OfficerRole.NATIONAL_ADMIN,
    }
)


class NotificationState(StrEnum):
    PENDING = auto()
    SENT = auto()
    PARKED = auto()  #: refused to the end; waits for an operator
    DROPPED = auto()  #: not true any more: the step was revoked, or the officer has left
