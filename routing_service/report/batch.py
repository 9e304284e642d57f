"""Reports that are moved together: each as it was read under its lock, what will be appended to its chain. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from routing_service.registry.tree import Tree
from routing_service.report import case
from routing_service.report.case import Case
from routing_service.report.consequences import Move
from shared.actors import ROUTING
from shared.domain.lifecycle import Holder
from shared.log.events import Draft, Event, Head

ACTOR = f"service:{ROUTING}"
_NO_ID = UUID(int=0)  # an event gets its id when it is appended


class NotInTheLog(Exception):
    """An event was announced that the log does not have."""


@dataclass(slots=True)
class File:
    """`history`, without what decides nothing, grows with what is drafted, so that whatever comes next sees it."""

    case: Case
    head: Head
    history: list[Event]
    drafts: list[Draft] = field(default_factory=list)

    def fact(self, event_id: UUID, seq: int) -> Event:
        """The event that was announced, from the log."""
        for event in self.history:
            if event.seq == seq and event.id == event_id:
                return event
        raise NotInTheLog

    def take(
        self, move: Move, *, tree: Tree, at: datetime, now: datetime, holder: Holder | None = None, actor: str = ACTOR
    ) -> None:
        """Move the report, never before what moved it last."""
        at = max(at, case.latest_move(self.history).occurred_at)
        self.add(
            case.take(self.case, move.action, tree=tree, actor=actor, at=at, on=now, holder=holder, tells=move.tells),
            now,
        )
        if move.action in case.TAKING_UP:
            left = case.left_by_its_agency(self.case, tree=tree, actor=ACTOR, at=at, on=now)
            if left is not None:
                self.add(left, now)

    def add(self, draft: Draft, now: datetime) -> None:
        self.drafts.append(draft)
        seq = self.head.seq + len(self.drafts)
        self.history.append(
            Event(_NO_ID, self.case.id, seq, draft.type, draft.occurred_at, now, draft.actor, draft.payload.as_data())
        )
