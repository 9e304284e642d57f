"""The life of a report, as data, and the one gate that applies it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from types import MappingProxyType

from shared.domain.wording import Wording
from shared.errors import IllegalTransition


class Status(StrEnum):
    RECEIVED = auto()
    VERIFIED = auto()
    ASSIGNED = auto()
    IN_PROGRESS = auto()
    ANSWERED = auto()
    CLOSED = auto()
    AWAITING_REPORTER = auto()
    ARCHIVED = auto()
    WITHDRAWN = auto()
    MERGED = auto()


class Classification(StrEnum):
    COMPLAINT = auto()
    ASPIRATION = auto()
    INFORMATION_REQUEST = auto()


class Level(StrEnum):
    """How high the holder stands."""

    NATIONAL = auto()
    COORDINATOR = auto()
    AGENCY = auto()


class Action(StrEnum):
    ENTRUST = auto()  #: to the coordinator of the instansi that it lies with, to be verified there
    VERIFY = auto()
    FORWARD = auto()
    DISPOSE = auto()
    ANSWER = auto()  #: directly, by the holder
    REDIRECT = auto()
    RETURN = auto()
    HOLD = auto()
    RESUME = auto()
    RESPOND = auto()
    RESPOND_FINAL = auto()
    PUT_RIGHT = auto()  #: a final response, by a later one that names it
    CONTINUE = auto()  #: a reply or a poor rating after a final response
    CLOSE = auto()
    REOPEN = auto()
    ARCHIVE = auto()
    ARCHIVE_UNCOMPLETED = auto()  #: a hold during verification that nobody answered
    APPEAL = auto()
    WITHDRAW = auto()
    CARRY_OUT_WITHDRAWAL = auto()  #: one that was accepted, whatever was done to the report since
    CORRECT = auto()  #: class and category, after verification
    MERGE = auto()  #: with an older report about the same thing
    UNMERGE = auto()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who must act next."""

    level: Level
    agency: str | None

    def as_data(self) -> dict[str, str | None]:
        return {"level": self.level.value, "agency": self.agency}


@dataclass(frozen=True, slots=True)
class Transition:
    sources: frozenset[Status]
    target: Status | None  #: None: the status the report was held, or merged, in
    keeps: bool = False  #: the status stays what it is


S = Status

OPEN = frozenset(Status) - {S.CLOSED, S.ARCHIVED, S.WITHDRAWN, S.MERGED}


def _transition(*sources: Status, to: Status | None) -> Transition:
    return Transition(frozenset(sources), to)


TRANSITIONS: Mapping[Action, Transition] = MappingProxyType(
    {
        Action.ENTRUST: _transition(S.RECEIVED, to=S.RECEIVED),
        Action.VERIFY: _transition(S.RECEIVED, to=S.VERIFIED),
        Action.FORWARD: _transition(S.VERIFIED, S.IN_PROGRESS, to=S.VERIFIED),
        Action.DISPOSE: _transition(S.VERIFIED, S.IN_PROGRESS, to=S.ASSIGNED),
        Action.ANSWER: _transition(S.VERIFIED, to=S.ANSWERED),
        Action.REDIRECT: _transition(S.ASSIGNED, S.IN_PROGRESS, to=S.ASSIGNED),
        Action.RETURN: _transition(S.ASSIGNED, S.VERIFIED, to=S.VERIFIED),
        Action.HOLD: _transition(S.RECEIVED, S.VERIFIED, S.ASSIGNED, S.IN_PROGRESS, to=S.AWAITING_REPORTER),
        Action.RESUME: _transition(S.AWAITING_REPORTER, to=None),
        Action.RESPOND: _transition(S.ASSIGNED, S.IN_PROGRESS, to=S.IN_PROGRESS),
        Action.RESPOND_FINAL: _transition(S.ASSIGNED, S.IN_PROGRESS, to=S.ANSWERED),
        Action.PUT_RIGHT: _transition(S.ANSWERED, to=S.ANSWERED),
        Action.CONTINUE: _transition(S.ANSWERED, to=S.IN_PROGRESS),
        Action.CLOSE: _transition(S.ANSWERED, to=S.CLOSED),
        Action.REOPEN: _transition(S.CLOSED, to=S.IN_PROGRESS),
        Action.ARCHIVE: _transition(S.RECEIVED, S.VERIFIED, to=S.ARCHIVED),
        Action.ARCHIVE_UNCOMPLETED: _transition(S.AWAITING_REPORTER, to=S.ARCHIVED),
        Action.APPEAL: _transition(S.ARCHIVED, to=S.RECEIVED),
        Action.WITHDRAW: _transition(*OPEN, to=S.WITHDRAWN),
        Action.CARRY_OUT_WITHDRAWAL: _transition(*(frozenset(Status) - {S.WITHDRAWN}), to=S.WITHDRAWN),
        Action.CORRECT: Transition(
            frozenset({S.VERIFIED, S.ASSIGNED, S.IN_PROGRESS, S.AWAITING_REPORTER}), target=None, keeps=True
        ),
        Action.MERGE: _transition(*OPEN, to=S.MERGED),
        Action.UNMERGE: _transition(S.MERGED, to=None),
    }
)

#: A report in one of these states cannot be a merge target; what was merged into it before goes on by itself.
ENDING = frozenset({S.WITHDRAWN, S.ARCHIVED})

#: Taken from these only while no agency holds the report: a direct answer that was disputed.
WITHOUT_AGENCY: Mapping[Action, frozenset[Status]] = MappingProxyType(
    {Action.FORWARD: frozenset({S.IN_PROGRESS}), Action.DISPOSE: frozenset({S.IN_PROGRESS})}
)

#: Nothing of a report in one of these is public but that it exists.
HIDDEN = frozenset({S.ARCHIVED, S.WITHDRAWN, S.MERGED})

HOLDABLE = TRANSITIONS[Action.HOLD].sources
#: A hold in one of these belongs to verification: unanswered, it archives the report as never completed.
VERIFYING = TRANSITIONS[Action.ARCHIVE].sources


#: What reporters do, as they call it. A rating continues or closes the report.
_OF_REPORTERS: Mapping[Action, str] = MappingProxyType(
    {
        Action.CONTINUE: "rate",
        Action.CLOSE: "rate",
        Action.REOPEN: "reopen",
        Action.APPEAL: "appeal",
        Action.WITHDRAW: "withdraw",
    }
)
#: What follows from a fact or a clock; nobody asks for it.
_BY_SERVICE = frozenset({Action.ENTRUST, Action.ARCHIVE_UNCOMPLETED, Action.CARRY_OUT_WITHDRAWAL})


def check(
    action: Action, status: Status, *, holder: Holder | None = None, among: Iterable[Action] = tuple(Action)
) -> None:
    """Refuse an action that is not allowed in this status, or not for a report that this holder has.

    `among`: the actions that whoever asks has a right to. Raises IllegalTransition (409), which names those of them
    that the report takes.
    """
    if is_taken(action, status, holder=holder):
        return
    if action in _OF_REPORTERS:
        raise not_taken(_OF_REPORTERS[action], status)
    now = [one.value for one in taken(among, status, holder=holder)]
    raise IllegalTransition(action.value, status.value, instead=now)


def taken(among: Iterable[Action], status: Status, *, holder: Holder | None = None) -> list[Action]:
    """Those of officers' actions that a report in this status takes."""
    apart = _OF_REPORTERS.keys() | _BY_SERVICE
    return [one for one in among if one not in apart and is_taken(one, status, holder=holder)]


def is_taken(action: Action, status: Status, *, holder: Holder | None = None) -> bool:
    by_agency = holder is not None and holder.level is Level.AGENCY
    return status in TRANSITIONS[action].sources and not (by_agency and status in WITHOUT_AGENCY.get(action, ()))


def not_taken(action: str, status: Status) -> IllegalTransition:
    """For a reporter: names what they can do instead."""
    now = ["reply"] if status in OPEN or status is Status.MERGED else []
    now += dict.fromkeys(name for one, name in _OF_REPORTERS.items() if is_taken(one, status))
    return IllegalTransition(action, status.value, instead=now, by_reporter=True)


def move(
    action: Action,
    status: Status,
    *,
    holder: Holder | None = None,
    held_from: Status | None = None,
    merged_from: Status | None = None,
) -> Status:
    """The gate: the status after the action. `holder`: who holds the report before it.

    Raises IllegalTransition (409).
    """
    check(action, status, holder=holder)
    transition = TRANSITIONS[action]
    if transition.keeps:
        return status
    if transition.target is not None:
        return transition.target
    came_from = merged_from if action is Action.UNMERGE else held_from
    if came_from is None:
        raise IllegalTransition(action.value, status.value)
    return came_from


def is_public(status: Status, *, secret: bool, published: bool) -> bool:
    """Whether title, place, agency and official responses may be shown to everybody."""
    return published and not secret and status in PUBLIC_GROUP and status not in HIDDEN


LABELS: Mapping[Status, Wording] = MappingProxyType(
    {  # Indonesian (the official label), English
        S.RECEIVED: ("Belum Terverifikasi", "Not yet verified"),
        S.VERIFIED: ("Terverifikasi", "Verified"),
        S.ASSIGNED: ("Belum Ditindaklanjuti", "Not yet followed up"),
        S.IN_PROGRESS: ("Proses", "In progress"),
        S.ANSWERED: ("Menunggu Tanggapan Pelapor", "Waiting for the reporter's reaction"),
        S.CLOSED: ("Selesai", "Closed"),
        S.AWAITING_REPORTER: ("Tunda", "On hold, waiting for the reporter"),
        S.ARCHIVED: ("Diarsipkan", "Archived"),
        S.WITHDRAWN: ("Dicabut", "Withdrawn"),
        S.MERGED: ("Digabung", "Merged"),
    }
)


def status_label(status: Status) -> Wording:
    """One that only a newer release knows is shown as its code."""
    return LABELS.get(status) or (status.value, status.value)


class PublicGroup(StrEnum):
    """What the public sees of a status."""

    BELUM = auto()
    PROSES = auto()
    SELESAI = auto()


PUBLIC_GROUP: Mapping[Status, PublicGroup] = MappingProxyType(
    {
        S.RECEIVED: PublicGroup.BELUM,
        S.VERIFIED: PublicGroup.BELUM,
        S.ASSIGNED: PublicGroup.BELUM,
        S.AWAITING_REPORTER: PublicGroup.PROSES,
        S.IN_PROGRESS: PublicGroup.PROSES,
        S.ANSWERED: PublicGroup.PROSES,
        S.CLOSED: PublicGroup.SELESAI,
        S.ARCHIVED: PublicGroup.SELESAI,
        S.WITHDRAWN: PublicGroup.SELESAI,
        S.MERGED: PublicGroup.SELESAI,
    }
)


def public_group(status: Status) -> PublicGroup:
    """Of one that only a newer release knows, nobody can say more than that something is done about the report."""
    return PUBLIC_GROUP.get(status, PublicGroup.PROSES)
