"""Who may do and see what: the two tables of the domain, as data. Pure."""

from collections.abc import Collection, Mapping
from enum import StrEnum, auto
from types import MappingProxyType
from typing import NewType

from routing_service.registry.tree import Tree
from shared.clients import Client, Role, Scope
from shared.domain.lifecycle import Action, Holder, Level
from shared.errors import Forbidden, NotFound


class Standing(StrEnum):
    """How somebody stands to one report."""

    NATIONAL = auto()
    COORDINATOR = auto()  #: of the instansi that has it
    LINE = auto()  #: works in the agency that holds it, or in one above it
    SUPERVISOR = auto()
    OTHER = auto()  #: another agency


class Sight(StrEnum):
    """How much of a report somebody sees."""

    NOTHING = auto()
    PUBLIC = auto()  #: status and number; title, place, agency and responses once they are public
    WORDLESS = auto()  #: everything but what the reporter wrote
    FULL = auto()


class Condition(StrEnum):
    ALWAYS = auto()
    HOLDS = auto()  #: only while it is the holder


_COORDINATORS = {Standing.NATIONAL: Condition.ALWAYS, Standing.COORDINATOR: Condition.ALWAYS}
_HOLDERS = {
    Standing.NATIONAL: Condition.HOLDS,
    Standing.COORDINATOR: Condition.ALWAYS,  # for any agency of its subtree
    Standing.LINE: Condition.ALWAYS,
}

#: Who may take which action. A coordinator stands so only to reports that it, or an agency below it, holds.
RIGHTS: Mapping[Action, Mapping[Standing, Condition]] = MappingProxyType(
    {
        Action.VERIFY: _COORDINATORS,
        Action.FORWARD: _COORDINATORS,
        Action.DISPOSE: _COORDINATORS,
        Action.ARCHIVE: _COORDINATORS,
        Action.CORRECT: _COORDINATORS,
        Action.MERGE: _COORDINATORS,
        Action.UNMERGE: _COORDINATORS,
        Action.ANSWER: {Standing.NATIONAL: Condition.HOLDS, Standing.COORDINATOR: Condition.ALWAYS},
        Action.REDIRECT: {Standing.COORDINATOR: Condition.ALWAYS},
        Action.RETURN: {Standing.COORDINATOR: Condition.ALWAYS, Standing.LINE: Condition.ALWAYS},
        Action.HOLD: _HOLDERS,
        Action.RESUME: _HOLDERS,
        Action.RESPOND: _HOLDERS,
        Action.RESPOND_FINAL: _HOLDERS,
        Action.PUT_RIGHT: _HOLDERS,
    }
)

#: Who may write internal notes: whoever reads them and is not there to read only.
NOTE_WRITERS = frozenset({Standing.NATIONAL, Standing.COORDINATOR, Standing.LINE})


def may_note(standing: Standing, sight: Sight) -> bool:
    """Whether somebody may write notes on a report, and mask its words."""
    return standing in NOTE_WRITERS and sight is Sight.FULL


#: Actions that are an agency's own; a coordinator who takes one acts on its behalf.
AGENCY_ACTIONS = frozenset(
    {Action.RETURN, Action.HOLD, Action.RESUME, Action.RESPOND, Action.RESPOND_FINAL, Action.PUT_RIGHT}
)


#: Which roles can stand so to a report; which of them do, its holder says.
_STAND_SO: Mapping[Standing, frozenset[Role]] = MappingProxyType(
    {
        Standing.NATIONAL: frozenset({Role.NATIONAL_ADMIN}),
        Standing.COORDINATOR: frozenset({Role.COORDINATOR}),
        Standing.LINE: frozenset({Role.LIAISON_OFFICER, Role.AGENCY_HEAD, Role.CHANNEL}),
        Standing.SUPERVISOR: frozenset({Role.SUPERVISOR}),
    }
)


def roles_of(standings: Collection[Standing]) -> frozenset[Role]:
    return frozenset[Role]().union(*(_STAND_SO[one] for one in standings))


def takers_of(*actions: Action) -> frozenset[Role]:
    """The roles that can have the right to one of these actions."""
    return frozenset[Role]().union(*(roles_of(RIGHTS[action].keys()) for action in actions))


#: A client that has business with reports here: checked once, by `as_reader`.
Reader = NewType("Reader", Client)


def as_reader(client: Client) -> Reader:
    """Raises Forbidden for roles that do not work on reports here, whichever report it is."""
    readers = {Role.NATIONAL_ADMIN, Role.SUPERVISOR, Role.COORDINATOR}
    if client.role not in readers and not client.works_for_agency:
        raise Forbidden(f"The role {client.role.value} does not work on reports.")
    return Reader(client)


def supervising(client: Client) -> str | None:
    """The agency from which somebody supervises a part of the country: their standing is asked of a tree with it."""
    return client.agency if client.supervises_a_part else None


def standing(client: Reader, holder: Holder, tree: Tree) -> Standing:
    """The line of an agency ends below the instansi: there the coordinator sits."""
    if client.role is Role.NATIONAL_ADMIN:
        return Standing.NATIONAL
    if client.role is Role.SUPERVISOR:
        within = client.agency is None or tree.oversees(client.agency, holder.agency)
        return Standing.SUPERVISOR if within else Standing.OTHER
    line = tree.line(holder.agency)
    if client.role is Role.COORDINATOR:
        return Standing.COORDINATOR if client.agency in line else Standing.OTHER
    working = line[:1] + line[1:-1]
    return Standing.LINE if holder.level is Level.AGENCY and client.agency in working else Standing.OTHER


def speaks_for(client: Reader, agency: str, tree: Tree) -> bool:
    """Whether somebody works in an agency, in one above it, or coordinates it."""
    return standing(client, Holder(Level.AGENCY, agency), tree) in (Standing.LINE, Standing.COORDINATOR)


def sight(standing: Standing, client: Client, *, secret: bool) -> Sight:
    if standing is Standing.OTHER:
        return Sight.NOTHING if secret else Sight.PUBLIC
    if standing is Standing.SUPERVISOR and secret and not client.may(Scope.SECRET):
        return Sight.NOTHING if client.supervises_a_part else Sight.WORDLESS
    return Sight.FULL


def check_standing(action: Action, standing: Standing) -> None:
    if standing not in RIGHTS[action]:
        raise Forbidden(f"You may not take the action {action.value} on this report.")


def open_to(standing: Standing, holder: Holder) -> list[Action]:
    """What somebody may do to a report that this one holds, where its status takes it."""
    conditions = {action: RIGHTS[action].get(standing) for action in Action if action in RIGHTS}
    national = holder.level is Level.NATIONAL
    return [action for action, one in conditions.items() if one is Condition.ALWAYS or (one and national)]


def check_holder(action: Action, standing: Standing, holder: Holder) -> None:
    """What a national administrator does only while nobody below holds the report."""
    if RIGHTS[action][standing] is Condition.HOLDS and holder.level is not Level.NATIONAL:
        raise Forbidden(f"Only the holder may take the action {action.value}; {holder.agency} holds this report.")


def on_behalf_of(action: Action, client: Client, holder: Holder) -> str | None:
    """The agency that somebody else of its instansi acts for."""
    if action in AGENCY_ACTIONS and holder.level is Level.AGENCY and client.agency != holder.agency:
        return holder.agency
    return None


def check_seen(sight: Sight, reference: str) -> None:
    """A report that may not be seen answers like one that is not there."""
    if sight is Sight.NOTHING:
        raise no_report(reference)


def no_report(reference: str) -> NotFound:
    return NotFound(f"There is no report {reference}.")
