"""An act that a form of a page asks for: done whole, or not at all."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.officers.activity import Activity
from routing_service.work.desk.service import Errand
from shared.errors import DomainError, Invalid
from shared.http import field_errors
from shared.http.wire import etag
from shared.pages.seat import Sent

Body = TypeVar("Body", bound=BaseModel)


async def attempt(
    session: AsyncSession, sent: Sent, reference: str, now: datetime, do: Callable[[Errand], Awaitable[object]]
) -> DomainError | None:
    """What stood against it: then nothing of it is left, and the page can be shown again."""
    seat = sent.seat
    try:
        sent.check()
        async with session.begin_nested():
            await do(Errand(reference, seat.client, etag(version_in(sent)), now))
    except DomainError as error:
        return error
    activity: Activity = seat.request.app.state.activity
    await activity.note(session, seat.client, now)
    return None


def version_in(sent: Sent) -> int:
    """That the form was shown with; 0 where it says none."""
    said = sent.last("version")
    return int(said) if said.isdecimal() and said.isascii() and len(said) < 10 else 0


def body_of(model: type[Body], values: dict[str, Any]) -> Body:
    """The body of an operation, of what a form says. Raises Invalid."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        sentence = field_errors.told({**first, "loc": ("body", *first["loc"])}, model)["message"]
        raise Invalid(sentence, pointer=f"/{field}") from None
