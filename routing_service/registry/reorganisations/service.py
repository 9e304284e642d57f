"""Agencies get another name or end in another agency, from a day on. What was before keeps the old name."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.agencies import queries as registry_queries
from routing_service.registry.agencies import service as registry
from routing_service.registry.delegation import service as delegation
from routing_service.registry.reorganisations import queries
from routing_service.registry.reorganisations.schemas import (
    AgencyMerger,
    AgencyMergerView,
    NamesView,
    NameView,
    Renaming,
)
from shared.clients import Client
from shared.domain.terms import Term
from shared.errors import Conflict, Invalid, NotFound

_DAY = timedelta(days=1)


async def names(session: AsyncSession, code: str) -> NamesView:
    agency = await queries.find_agency(session, code)
    if agency is None:
        raise NotFound(f"There is no agency {code}.")
    former = await queries.former_names(session, code)
    present = NameView(name=agency.name, short_name=agency.short_name, valid_from=_since(agency, former), valid_to=None)
    return NamesView(agency=code, items=[present, *(NameView.model_validate(row) for row in former)])


def _since(agency: Row[Any], former: Sequence[Row[Any]]) -> date | None:
    """The first day of the present name; None: since ever."""
    first: date | None = former[0].valid_to + _DAY if former else agency.valid_from
    return first


async def rename(session: AsyncSession, code: str, body: Renaming, client: Client) -> NamesView:
    agency = await _locked(session, code)
    delegation.check_agency(await delegation.part_of(session, client), code)
    former = await queries.former_names(session, code)
    since = _since(agency, former)
    _check_within(agency, body.valid_from)
    if since is not None and body.valid_from <= since:
        detail = f"{code} has its present name only since {since}; a new name must begin after that day."
        raise Invalid(detail, pointer="/valid_from", code="renamed_too_early")
    if (body.name, body.short_name) == (agency.name, agency.short_name):
        raise Invalid(f"{code} has this name already.", pointer="/name", code="same_name")
    last = body.valid_from - _DAY
    await queries.keep_name(session, code, name=agency.name, short_name=agency.short_name, first=since, last=last)
    await queries.update_agency(session, code, name=body.name, short_name=body.short_name)
    return await names(session, code)


def _check_within(agency: Row[Any], day: date) -> None:
    if agency.valid_until is not None and day > agency.valid_until:
        detail = f"The agency ends on {agency.valid_until}; nothing changes after that."
        raise Invalid(detail, pointer="/valid_from", code="agency_has_ended")


async def merge(
    session: AsyncSession, code: str, body: AgencyMerger, client: Client, *, now: datetime
) -> AgencyMergerView:
    """End an agency. Refused while it holds open reports, if the day has come; before, they are only counted."""
    await registry_queries.lock_shape(session)  # two that would take over each other at once
    agency = await _locked(session, code)
    part = await delegation.part_of(session, client)
    delegation.check_below(part, code)
    delegation.check_agency(part, body.successor)
    _check_day(agency, body.valid_from)
    await _check_successor(session, code, body)
    units = await queries.units_in_service(session, code, after=body.valid_from - _DAY)
    if units:
        detail = f"Other agencies stand below {code}: {', '.join(units[:10])}. Give them another parent, or end them."
        raise Conflict(detail, code="agency_has_units")
    held, holds_any = await queries.open_reports(session, code)
    if holds_any and body.valid_from <= _today(agency, now):
        detail = f"{code} still holds open reports ({held}); redirect, return or forward them before it ends."
        if not held:  # whoever configures is not told how many secret ones there are
            detail = f"{code} cannot end before its coordinator has moved on what it still holds; ask them to."
        raise Conflict(detail, code="agency_holds_reports")
    await queries.update_agency(session, code, valid_until=body.valid_from - _DAY, successor_code=body.successor)
    return AgencyMergerView(agency=await registry.get_agency(session, code, now=now), open_reports=held)


def _check_day(agency: Row[Any], day: date) -> None:
    if agency.successor_code is not None:
        detail = f"It ends on {agency.valid_until} in {agency.successor_code} already; PATCH valid_until to null first."
        raise Conflict(detail, code="agency_merged")
    _check_within(agency, day)
    if agency.valid_from is not None and day <= agency.valid_from:
        detail = f"The agency begins on {agency.valid_from}; it cannot end before."
        raise Invalid(detail, pointer="/valid_from", code="merged_too_early")


async def _check_successor(session: AsyncSession, code: str, body: AgencyMerger) -> None:
    line = await queries.successors(session, body.successor)
    if not line:
        raise Invalid(f"There is no agency {body.successor}.", pointer="/successor", code="unknown_agency")
    if code in line:
        detail = f"{body.successor} is {code} itself or ends in it."
        raise Invalid(detail, pointer="/successor", code="successor_cycle")
    successor = await queries.find_agency(session, body.successor)
    assert successor is not None  # it stands in its own line
    if not Term(successor.active, successor.valid_from, successor.valid_until).serves(body.valid_from):
        detail = f"{body.successor} is not in service on {body.valid_from}; choose another agency or day."
        raise Invalid(detail, pointer="/successor", code="inactive_agency")


async def _locked(session: AsyncSession, code: str) -> Row[Any]:
    agency = await queries.lock_agency(session, code)
    if agency is None:
        raise NotFound(f"There is no agency {code}.")
    return agency


def _today(agency: Row[Any], now: datetime) -> date:
    return now.astimezone(ZoneInfo(agency.time_zone)).date()
