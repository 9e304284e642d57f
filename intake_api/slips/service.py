"""What an officer types in is opened by a code that nobody knows, until a slip is made for its reporter: once."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reporters import access
from intake_api.reporters import queries as reporters
from intake_api.slips import queries
from intake_api.slips.schemas import Instructions, Slip
from shared import ids
from shared.clients import OFFICERS, Client, Role
from shared.domain.regions import time_zone_of
from shared.errors import Conflict
from shared.log import digests, events, parts
from shared.log.events import Draft, Event, EventType, Head
from shared.log.payloads.codes import Proof
from shared.log.payloads.intake import ByReporter, ReportReceived, SlipMade
from shared.queries.subtrees import subtree
from shared.schema import Report

_INSTRUCTIONS = Instructions(
    id=(
        "Simpan lembar ini. Siapa pun yang memegang kode akses dapat membaca laporan Anda dan bertindak atas nama "
        "Anda.",
        "Dengan nomor laporan, siapa saja dapat melihat sampai di mana laporan itu.",
        "Dengan nomor laporan dan kode akses, Anda membaca jawaban, menanggapinya, menilainya, mengajukan keberatan, "
        "atau mencabut laporan, melalui aplikasi atau situs LAPOR!.",
        "Petugas tidak membutuhkan kode ini dan tidak akan menanyakannya. Kode yang hilang tidak dapat diganti.",
    ),
    en=(
        "Keep this sheet. Whoever has the access code can read your report and act in your name.",
        "With the tracking number anybody can see where the report stands.",
        "With the tracking number and the access code you read the answers, reply to them, rate them, object, or "
        "withdraw the report, in the LAPOR! app or on its website.",
        "No officer needs this code or will ask you for it. A code that is lost cannot be replaced.",
    ),
)


#: What is asked of the log: who typed the report in, whether a slip was made, and whether its code was used.
_OF_THE_REPORTER = [
    EventType.REPORT_RECEIVED,
    EventType.SLIP_MADE,
    *(type for type in EventType if type.startswith("reporter.")),
]


class SlipRequest(NamedTuple):
    tracking_number: str
    client: Client
    codes: Sequence[str]  #: the first would open the report from now on, one of them does so since an earlier request


async def make_slip(session: AsyncSession, asked: SlipRequest, *, now: datetime) -> tuple[Report, int, Slip]:
    """The report, its version and the sheet. Raises NotFound for a caller who did not type the report in, Conflict."""
    report, head, history = await _open(session, asked)
    if any(event.type is EventType.SLIP_MADE for event in history):
        raise _made_before()
    await queries.change_code(session, report.id, ids.access_code_hash(asked.codes[0]))
    return await _hand_out(session, asked, asked.codes[0], report, head, now)


async def again(session: AsyncSession, asked: SlipRequest, *, now: datetime) -> tuple[Report, int, Slip]:
    """The same sheet to a repeated request, until its code is used. Raises NotFound, Conflict."""
    report, head, history = await _open(session, asked)
    acts = (event.carries(ByReporter) for event in history)
    used = any(act.by is Proof.CODE for act in acts if act is not None)
    given = next((code for code in asked.codes if _opens(report, code)), None)
    if used or given is None:
        raise _made_before()
    return await _hand_out(session, asked, given, report, head, now, repeated=True)


def _opens(report: Report, code: str) -> bool:
    return hmac.compare_digest(ids.access_code_hash(code), report.access_code_hash)


async def _hand_out(
    session: AsyncSession,
    asked: SlipRequest,
    code: str,
    report: Report,
    head: Head,
    now: datetime,
    *,
    repeated: bool = False,
) -> tuple[Report, int, Slip]:
    """Every sheet that leaves is an event."""
    proof = {"access_code": digests.of_access_code(report.private_salt, ids.access_code_hash(code))}
    made = SlipMade(repeated=repeated, digests=proof)
    await events.append(session, head, Draft(made, now, asked.client.actor), recorded_at=now)
    return report, head.fact_seq, _slip(report, code)


async def _open(session: AsyncSession, asked: SlipRequest) -> tuple[Report, Head, Sequence[Event]]:
    """The report, locked, to an officer who may have its slip made."""
    number = asked.tracking_number
    found = await reporters.find_by_number(session, number) if ids.is_tracking_number(number) else None
    head = None if found is None else await events.lock_head(session, found[0].id)
    again = None if head is None else await reporters.find_by_number(session, number)  # what was read before may be old
    if head is None or again is None:
        raise access.unknown(number)
    history = await parts.of_types(session, head.report_id, _OF_THE_REPORTER)
    if not await _may(session, history[0], asked.client):
        raise access.unknown(number)
    return again[0], head, history


async def _may(session: AsyncSession, received: Event, client: Client) -> bool:
    """Who typed it in, or who leads where it was typed in: the coordinator above that counter, or a national
    administrator where another one did it.

    What was typed in before the log named counters had its code given out at once.
    """
    said = received.carries(ReportReceived)
    if said is None or said.counter is None or client.role not in OFFICERS:
        return False
    counter = said.counter.agency
    if (received.actor, counter) == (client.actor, client.agency):
        return True
    if client.role is Role.COORDINATOR and client.agency is not None and counter is not None:
        return counter in await subtree(session, client.agency)
    return client.role is Role.NATIONAL_ADMIN and counter is None


def _made_before() -> Conflict:
    return Conflict(
        "The slip of this report was made before; it can be made only once, because its code belongs to the reporter "
        "alone.",
        code="slip_made_before",
    )


def _slip(report: Report, code: str) -> Slip:
    zone = ZoneInfo(time_zone_of(report.region_code))
    return Slip(
        tracking_number=report.tracking_number,
        access_code=code,
        received_at=report.received_at.astimezone(zone),
        instructions=_INSTRUCTIONS,
    )
