"""The reporter's own view of a report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import items
from intake_api.identities.sealing import Identities
from intake_api.labels import CONSENTS
from intake_api.merged import view as merged
from intake_api.paging import position_of
from intake_api.reporters import case, possible, queries
from intake_api.reporters.access import Credentials
from intake_api.reporters.case import Asking
from intake_api.reporters.schemas import (
    Author,
    ConsentView,
    MessageParams,
    MessageView,
    OwnContact,
    OwnItem,
    OwnLocation,
    OwnMessages,
    OwnParams,
    OwnReport,
)
from intake_api.timeline import queries as shown
from intake_api.timeline import service as timeline
from intake_api.timeline.parts import acting, agency_of, deadline_of
from intake_api.timeline.schemas import AgencyName, RegionName
from shared.domain.lifecycle import status_label
from shared.domain.messages import BY_REPORTER, MessageKind
from shared.domain.newer import code
from shared.domain.wording import Language, say
from shared.http.wire import Page
from shared.log import consents, parts
from shared.log.consents import ConsentState
from shared.log.events import Event
from shared.log.payloads.codes import Purpose
from shared.queries import talks
from shared.queries.agency_names import Names, names_of
from shared.schema import Report


async def own_report(
    session: AsyncSession, report: Report, version: int, asking: Asking, *, language: Language
) -> OwnReport:
    """Everything about a report that its reporter may see."""
    now = asking.now
    situation = await case.situation(session, report, asking)
    happened = await timeline.newest(session, report.id)
    talk = queries.talk(report.id)
    messages = list(reversed((await talks.read_talk(session, talk)).rows))
    names = await names_of(session, _agencies(report, happened, messages))
    said = {one.id: one for one in messages}
    clocks = await shown.clocks(session, report.id)
    return OwnReport(
        view="own",
        **_item(report, version, await queries.changed_at(session, report.id), language),
        external_reference=report.external_reference if situation.handed_in else None,
        pending=situation.pending(),
        actions=await possible.possible(session, situation),
        agency=agency_of(report.agency_code, report.received_at, names),
        body=report.body,
        verified_title=report.verified_title,
        occurred_on=report.occurred_on,
        location=await _place(session, report),
        category=report.category_code,
        subject=report.subject_code,
        anonymous=report.anonymous,
        secret=report.secret,
        channel=report.channel,
        reporter=await _contact(session, report, asking),
        timeline=await timeline.own_entries(session, report, happened, said, names, language),
        timeline_total=await timeline.total(session, report.id),
        messages=[_message(one, names) for one in messages],
        messages_total=await talks.count_messages(session, talk),
        deadlines=[deadline_of(clock, language, now) for clock in reversed(clocks)],
        deadlines_total=await shown.count_clocks(session, report.id),
        consents=_consents(await parts.about_consents(session, report.id), language, now),
        evidence=await items.own_entries(session, report.id),
        merged=await merged.survivor_of(session, report, language=language, now=now),
    )


async def own_messages(session: AsyncSession, report: Report, params: MessageParams) -> OwnMessages:
    """Everything that was said, as in the reporter's own view."""
    talk = queries.talk(report.id)
    last = params.key(tuple[UUID])
    ended = None if last is None else await talks.position_of(session, talk, last)
    said = await talks.read_talk(session, talk, before=ended, limit=params.limit)
    names = await names_of(session, {one.agency_code for one in said.rows if one.agency_code})
    return OwnMessages(
        view="own",
        items=[_message(one, names) for one in said.rows],
        next_cursor=params.cursor_at(said.rows[-1].id) if said.older else None,
    )


async def own_reports(
    session: AsyncSession, credentials: Credentials, params: OwnParams, *, language: Language
) -> Page[OwnItem]:
    """The reports of an app's account, newest first."""
    params = params.in_list("own reports", credentials.reference)
    rows = await queries.of_reference(
        session, credentials.reference_hashes(), external_reference=params.external_reference,
        updated_since=params.updated_since, before=position_of(params), limit=params.rows,
    )  # fmt: skip
    shown, next_cursor = params.cut(rows, lambda row: (row.Report.received_at, row.Report.id))
    ends = await merged.ends_of(session, [row.Report for row in shown], language=language)
    pending = await case.pending_of(session, [row.Report for row in shown])
    items = [
        OwnItem(
            **_item(row.Report, row.fact_seq, row.changed_at, language),
            agency=AgencyName(code=row.Report.agency_code, name=row.agency_name) if row.agency_name else None,
            merged_into=ends.get(row.Report.id),
            pending=pending.get(row.Report.id),
            external_reference=row.Report.external_reference,
        )
        for row in shown
    ]
    return Page(items=items, next_cursor=next_cursor)


def _item(report: Report, version: int, changed_at: datetime, language: Language) -> dict[str, Any]:
    return {
        "id": report.id,
        "tracking_number": report.tracking_number,
        "status": report.status,
        "status_label": say(status_label(report.status), language),
        "classification": report.classification,
        "title": report.title,
        "received_at": report.received_at,
        "version": version,
        "changed_at": changed_at,
    }


def _agencies(report: Report, happened: Sequence[Event], messages: Sequence[Row[Any]]) -> set[str]:
    named = {report.agency_code, *(one.agency_code for one in messages), *(acting(event) for event in happened)}
    return {code for code in named if code}


async def _place(session: AsyncSession, report: Report) -> OwnLocation:
    region = None
    if (code := report.about_region_code) is not None:
        region = RegionName(code=code, name=await queries.region_name(session, code) or code)
    return OwnLocation(text=report.location_text, latitude=report.latitude, longitude=report.longitude, region=region)


async def _contact(session: AsyncSession, report: Report, asking: Asking) -> OwnContact | None:
    """Raises Unavailable where the key is missing: null would say that the reporter told nothing."""
    if report.reporter_id is None:
        return None
    reporter = await queries.contact(session, report.reporter_id)
    if reporter is None:
        return None
    said = Identities(asking.reporter.keys).open(reporter)
    return OwnContact(name=said.name, phone=said.phone, email=said.email)


def _message(message: Row[Any], names: Names) -> MessageView:
    if message.kind in BY_REPORTER:
        author = Author.REPORTER
    else:
        author = Author.AGENCY if message.agency_code else Author.ADMINISTRATOR
    return MessageView(
        at=message.created_at,
        author=author,
        kind=code(MessageKind, message.kind),
        text=message.words,
        agency=agency_of(message.agency_code, message.created_at, names),
        corrects=message.corrects_at,
        corrected=message.corrected_by is not None,
        evidence=message.evidence,
    )


def _consents(history: Sequence[Event], language: Language, now: datetime) -> list[ConsentView]:
    """What is asked of the reporter, or was answered; nothing while neither is the case."""
    consent = consents.to_ombudsman(history, now=now)
    if consent.state in (ConsentState.NOT_ASKED, ConsentState.WITHDRAWN):
        return []
    return [
        ConsentView(
            purpose=Purpose.OMBUDSMAN,
            state=consent.state,
            text=say(CONSENTS[consent.state], language),
            asked_at=consent.asked_at,
            answered_at=consent.answered_at,
        )
    ]
