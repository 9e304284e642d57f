"""Views without what leads to the reporter of an anonymous or secret report. No I/O."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Row

from routing_service.report.reading.schemas import EventView, MessageView, ReportView
from shared.clients import Client
from shared.domain.messages import BY_REPORTER
from shared.log import origin

View = TypeVar("View", bound=ReportView)


def _hides(row: Row[Any]) -> bool:
    return origin.is_hidden(anonymous=row.anonymous, secret=row.secret)


def report_without_origin(view: View, row: Row[Any], client: Client) -> View:
    """`entered_by` and `external_reference` only to the client that handed it in."""
    if not _hides(row) or row.client_id == client.sub:
        return view
    return view.model_copy(update={"entered_by": None, "external_reference": None})


def events_without_origin(views: Sequence[EventView], row: Row[Any]) -> list[EventView]:
    return [_event(one) for one in views] if _hides(row) else list(views)


def _event(view: EventView) -> EventView:
    actor, data = origin.without(view.type, view.actor, view.data)
    return view.model_copy(update={"actor": actor, "data": data})


def messages_without_origin(views: Sequence[MessageView], row: Row[Any]) -> list[MessageView]:
    return [_message(one) if _hides(row) or one.co_reporter else one for one in views]


def _message(view: MessageView) -> MessageView:
    """What a co-reporter said is of another report, which may be hidden though this one is not."""
    by_reporter = view.kind in BY_REPORTER
    return view.model_copy(update={"author": origin.role_of(view.author)}) if by_reporter else view
