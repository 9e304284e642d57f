"""What the forms of the page of a calendar do: each by the service function of the operation of its name."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.wording import Language
from shared.errors import Conflict, DomainError, Invalid
from shared.http.translating import indonesian
from shared.pages.bodies import body_of, filled, number_in
from sla_monitor.calendar_versions import files, service
from sla_monitor.calendar_versions import queries as calendar_queries
from sla_monitor.calendar_versions.days import DaysInvalid
from sla_monitor.calendar_versions.schemas import Activation, CalendarDetail, CalendarDraft
from sla_monitor.pages.rules import calendars
from sla_monitor.pages.today import Looking

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CalendarAct:
    session: AsyncSession
    id: int
    form: Form
    looking: Looking


class DayMistake(NamedTuple):
    line: str
    message: str


async def draft_calendar(session: AsyncSession, form: Form, looking: Looking) -> CalendarDetail:
    """Raises DomainError."""
    body = body_of(CalendarDraft, {"name": "", **filled(form, "name", "decree", "based_on")})
    return await service.draft(session, body, looking.client)


async def carry_out_on_calendar(act: CalendarAct) -> None:
    """Raises DomainError: then whatever was done until there is to be rolled back."""
    do = _ACTS.get(act.form.get("act", ""))
    if do is None:
        raise Invalid("Choose what is to be done with the calendar.", pointer="/act", code="unknown_act")
    await do(act)


def days_written(form: Form) -> str:
    """A file goes before what stands in the field."""
    return form.get("file") or form.get("days", "")


async def _amend(act: CalendarAct) -> object:
    changes, places = await asyncio.to_thread(files.read_days, days_written(act.form).encode())
    return await service.amend(act.session, act.id, changes, places=places)


async def _check_unchanged(act: CalendarAct) -> None:
    """Whoever puts a draft in force has seen all of its days."""
    await calendar_queries.lock_calendar(act.session, act.id)
    if number_in(act.form, "changed") != await calendars.last_change_of(act.session, act.id):
        raise Conflict("This draft has changed since the page was shown; look at it once more, and then decide.")


async def _activate(act: CalendarAct) -> object:
    if act.form.get("confirmed") != "yes":
        raise Invalid("Tick that you have read what changes; nothing was done.", pointer="/confirmed")
    await _check_unchanged(act)
    body = body_of(Activation, {"replaces": number_in(act.form, "replaces")})
    return await service.activate_calendar(act.session, act.id, body, act.looking.client, now=act.looking.now)


_ACTS: Mapping[str, Callable[[CalendarAct], Awaitable[object]]] = {"days": _amend, "activate": _activate}


def mistakes_in_days(error: DomainError, language: Language) -> list[DayMistake]:
    if not isinstance(error, DaysInvalid):
        return []
    found = [(one["pointer"].strip("/").partition("/")[0], one["message"]) for one in error.errors]
    return [DayMistake(line, indonesian(said) if language is Language.ID else said) for line, said in found]
