"""What becomes of reports, told to other systems; and what their people say later, which is a word of the reporter."""

import hashlib
import re
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.channels.open311 import media, queries, service, words
from intake_api.channels.open311.forms import Form
from intake_api.channels.open311.params import Open311News, end_of_minute, status_of
from intake_api.channels.open311.schemas import Open311Update, Open311UpdateReceipt
from intake_api.channels.open311.talking import w3c
from intake_api.reporters import queries as reports
from intake_api.reporters import service as reporters
from intake_api.reporters.access import Credentials, unknown
from intake_api.reporters.case import Asking, LockedSituation, lock_case
from intake_api.reporters.schemas import Reply
from intake_api.uploads.proving import was_brought_by
from shared import ids
from shared.clients import Client
from shared.domain.lifecycle import Status
from shared.domain.newer import code
from shared.domain.wording import Language, say
from shared.http import idempotency
from shared.log.payloads.codes import Proof

_OPERATION = "POST /open311/v2/servicerequestupdates"
_STATUS = re.compile(r"[A-Za-z_ ]{1,40}")
_UPDATE_BYTES = 16


class Submitter(Credentials):
    """The system that brought a report, and says what its people have to say later."""

    @property
    def proof(self) -> Proof:
        return Proof.SUBMITTER


async def list_updates(
    session: AsyncSession, params: Open311News, *, language: Language, now: datetime
) -> list[Open311Update]:
    """Raises Invalid, NotFound."""
    await service.check_jurisdiction(session, params.jurisdiction_id)
    begin, end = params.happened(now)
    rows = await queries.updates(
        session, begin=begin, end=end, numbers=params.numbers(), jurisdiction=params.jurisdiction_id,
        limit=params.page_size, offset=params.offset,
    )  # fmt: skip
    return [_update(row, language) for row in rows]


def _update(row: Row[Any], language: Language) -> Open311Update:
    """Its id is a digest: that of the event tells the millisecond."""
    return Open311Update(
        update_id=hashlib.sha256(row.id.bytes).hexdigest()[: 2 * _UPDATE_BYTES],
        service_request_id=row.tracking_number,
        status=status_of(code(Status, row.status)),
        updated_datetime=w3c(end_of_minute(row.recorded_at)),
        description=row.public_body or say(words.UPDATES[row.type], language),
        media_url=None,
    )


async def take_update(
    session: AsyncSession, request: Request, form: Form, client: Client, *, now: datetime
) -> Open311UpdateReceipt:
    """Raises NotFound for a report that another brought, what a reply raises, and RequestValidationError."""
    number, words_said = form.get("service_request_id", ""), _words(form)
    if not number:
        raise RequestValidationError([{"type": "missing", "loc": ("body", "service_request_id")}])
    told_as = _id_of(form, client, words_said)
    key = idempotency.Key(request.app.state.keys, idempotency.caller(client), _OPERATION, told_as, b"")
    once = await idempotency.first_or_repeat(request, session, key)
    if once.repeats is None:
        case = await _case(session, request, number, client, now)
        await reporters.reply(session, case, words_said)
        await media.keep_links(session, case.report.id, form, client, now=now)
        await once.remember(case.report.id)
    return Open311UpdateReceipt(update_id=told_as)


async def _case(session: AsyncSession, request: Request, number: str, client: Client, now: datetime) -> LockedSituation:
    state = request.app.state
    found = await reports.find_by_number(session, number) if ids.is_tracking_number(number) else None
    if found is None or not await was_brought_by(session, found[0], client):
        raise unknown(number)
    asking = Asking(Submitter(client, None, None, state.keys), now, state.settings.replies_a_day)
    case = await lock_case(session, found[0], asking)
    if not case.handed_in:
        raise unknown(number)
    return case


def _words(form: Form) -> str:
    """Of whoever only set a status, that."""
    status = form.get("status", "")
    said = form.get("description") or (f"Status: {status}" if _STATUS.fullmatch(status) else None)
    try:
        return Reply.model_validate({"body": said}).body
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        wrong = [{**one, "loc": ("body", *one["loc"])} for one in found]
        missing = [{"type": "missing", "loc": ("body", "description")}]
        raise RequestValidationError(wrong if said else missing) from None


def _id_of(form: Form, client: Client, said: str) -> str:
    """By the sender's own number of it; else by what it says."""
    own = form.get("update_id") or form.get("update_id_ext")
    parts = (client.actor, client.agency, form.get("service_request_id", ""), *(("id", own) if own else ("said", said)))
    return hashlib.sha256(ids.framed(*parts)).hexdigest()[: 2 * _UPDATE_BYTES]
