"""Who returned a report, how often, and what follows: nobody may play ping-pong with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing_service.registry.tree import Tree
from shared.clients import Role
from shared.domain.lifecycle import VERIFYING, Holder, Level, Status
from shared.errors import Conflict
from shared.log.events import Event
from shared.log.payloads.routing import ReportReturned


@dataclass(frozen=True, slots=True)
class Returns:
    """The returns of one report. `most`: how many there may be before somebody must decide."""

    most: int
    count: int = 0
    ring: frozenset[Holder] = frozenset()  #: who has returned it
    suggested: tuple[str, ...] = ()  #: whom they named instead, the latest first

    @property
    def agencies(self) -> frozenset[str]:
        return frozenset(holder.agency for holder in self.ring if holder.agency is not None)

    @property
    def is_closed(self) -> bool:
        """A holder in the ring may no longer return the report."""
        return self.count >= self.most

    def must_keep(self, holder: Holder) -> bool:
        return self.is_closed and holder in self.ring

    def check_may_pass_on(self, holder: Holder) -> None:
        """Raises Conflict (409) for a holder in a closed ring."""
        if self.must_keep(holder):
            raise Conflict(
                f"{holder.agency} has returned this report before, and it has been returned {self.count} times by now:"
                f" it cannot be returned or forwarded again. {_WHAT_REMAINS[holder.level]}",
                code="ring_must_keep",
            )

    def goes_to(self, holder: Holder, tree: Tree) -> Holder:
        """Who gets it when this holder returns it: one level up, but past the coordinators once the ring is closed."""
        return Holder(Level.NATIONAL, None) if self.is_closed else tree.above(holder)

    def must_decide(self, holder: Holder, status: Status, held_from: Status | None) -> Level | None:
        """The level that has the report and may not wait for anybody else to decide."""
        undecided = (held_from or status) in VERIFYING
        return holder.level if self.is_closed and undecided and holder.level is not Level.AGENCY else None


_WHAT_REMAINS = {
    Level.AGENCY: "Answer it, ask the reporter, or ask your coordinator to redirect it.",
    Level.COORDINATOR: "Assign it to one of your agencies, answer it, ask the reporter, or archive it.",
}


def returns_of(history: Sequence[Event], most: int) -> Returns:
    events = [event for event in history if not _by_service(event)]
    returned = [one for event in events if (one := event.carries(ReportReturned)) is not None]
    named = [one.suggested_agency for one in reversed(returned)]
    return Returns(
        most,
        len(returned),
        frozenset(_returned_by(one) for one in returned),
        tuple(dict.fromkeys(code for code in named if code is not None)),
    )


def _by_service(event: Event) -> bool:
    """The agency had ended: nobody passed the report on."""
    return event.actor.startswith(f"{Role.SERVICE.value}:")


def _returned_by(returned: ReportReturned) -> Holder:
    """Of what was assigned an agency was the holder; of what was verified the coordinator of an instansi."""
    level = Level.AGENCY if returned.moved.came_from is Status.ASSIGNED else Level.COORDINATOR
    return Holder(level, returned.previous_agency)
