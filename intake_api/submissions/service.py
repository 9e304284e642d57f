"""The rules of a submission: who may say what of a report, where it starts, what its receipt says."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.submissions import checks, doors, queries
from intake_api.submissions.registry import Registry
from intake_api.submissions.rows import Rows, of_key
from intake_api.submissions.schemas import ReportSubmission
from shared import ids
from shared.clients import OFFICERS, Client, Role
from shared.domain.codes import Channel
from shared.domain.lifecycle import Holder, Level, Status
from shared.domain.regions import national_day
from shared.errors import Conflict, DomainError, Forbidden, Invalid, Unavailable
from shared.http import idempotency
from shared.http.limits import subjects
from shared.http.limits.counters import Counters, Subject
from shared.http.limits.rules import Limit
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose

TRACKING_ATTEMPTS = 5

#: What a client that is not in the registry may name, its default first.
_UNREGISTERED: dict[Role, tuple[str, ...]] = {
    Role.REPORTER_APP: (Channel.APP,),
    Role.CHANNEL: (Channel.AGENCY,),
    # Somebody came to the counter, or wrote by WhatsApp from where there is no signal for the app.
    **dict.fromkeys(OFFICERS, (Channel.COUNTER, *(one for one in Channel if one is not Channel.COUNTER))),
}


OPERATION = "POST /v1/reports"

#: What a foreign key that was violated says: what there is none of, where these are listed, and the field.
_UNKNOWN = {
    "reports_region_code_fkey": ("region", "regions", "/location/region_code"),
    "reports_category_code_fkey": ("category", "categories", "/category"),
    "reports_target_agency_code_fkey": ("agency", "agencies", "/agency"),
}


class Receipt(NamedTuple):
    report_id: UUID
    tracking_number: str
    access_code: str | None
    received_at: datetime
    replayed: bool = False

    def as_json(self) -> str:
        """Written out: there is nothing in it to be escaped."""
        code = "null" if self.access_code is None else f'"{self.access_code}"'
        received_at = self.received_at.isoformat().replace("+00:00", "Z")
        return (
            f'{{"id":"{self.report_id}","tracking_number":"{self.tracking_number}","access_code":{code},'
            f'"status":"{Status.RECEIVED.value}","received_at":"{received_at}"}}'
        )


class Submissions:
    """Accepts reports; one for each process, because of what it remembers of the registry."""

    def __init__(self, engine: AsyncEngine, keys: Keys, counters: Counters, *, days: int) -> None:
        """`days`: how long a key is known."""
        self._engine = engine
        self._keys = keys
        self._counters = counters
        self._days = days
        self._registry = Registry(engine)
        self._rows = Rows(keys)

    async def submit(self, submission: ReportSubmission, *, client: Client, key: str | None, now: datetime) -> Receipt:
        """Write the report. Raises Forbidden, Invalid, Conflict; then nothing is written.

        A repeated request gets its first receipt, whatever was put out of service since.
        """
        checks.ALLOWED.check(client)
        asked = None if key is None else self._key(key, submission, client)
        try:
            return await self._write(submission, client, key, asked, now)
        except DomainError:
            row = None if asked is None else await queries.first(self._engine, asked.hashes, days=self._days)
            if key is not None and row is not None:
                return await self._first_receipt(row, submission, client, key)
            raise

    async def submitted_under(self, key: str, client: Client) -> Receipt | None:
        """Of the report that was submitted under a key, whatever it said; None: there is none."""
        asked = idempotency.Key(self._keys, idempotency.caller(client), OPERATION, key, b"")
        row = await queries.first(self._engine, asked.hashes, days=self._days)
        if row is None:
            return None
        code = self._first_code(client, row, key)
        return Receipt(row["id"], row["tracking_number"], code, row["received_at"], replayed=True)

    def _key(self, text: str, submission: ReportSubmission, client: Client) -> idempotency.Key:
        body = submission.model_dump_json(exclude_defaults=True).encode()
        return idempotency.Key(self._keys, idempotency.caller(client), OPERATION, text, body)

    async def _write(
        self, submission: ReportSubmission, client: Client, key: str | None, asked: idempotency.Key | None,
        now: datetime,
    ) -> Receipt:  # fmt: skip
        checks.check_fields(submission, client)
        received_at = checks.received_at(submission, now)
        checks.check_occurred_on(submission, received_at)
        await self._check_category(submission, received_at)
        channel = await self._channel(submission, client)
        holder = await self._holder(client, now)
        drawn = await self._counters.count_nearly(*self._counted(submission, client))
        try:
            receipt = await self._insert(submission, client, key, asked, channel, holder, received_at, now)
        except BaseException:
            drawn.give_back()
            raise
        if receipt.replayed:
            drawn.give_back()
        return receipt

    def _counted(self, submission: ReportSubmission, client: Client) -> Sequence[Subject]:
        """Whose reports are limited."""
        if client in doors.CHANNELS or not self._counters.hold_for(client):
            return ()
        of_client = (Limit.SUBMISSIONS_OF_CLIENT, client.sub)
        if submission.reporter_reference is None:
            return (of_client,)
        account = subjects.at_client(client.sub, submission.reporter_reference)
        return (of_client, (Limit.SUBMISSIONS_OF_REPORTER, account))

    async def _insert(
        self, submission: ReportSubmission, client: Client, key: str | None, asked: idempotency.Key | None,
        channel: str, holder: Holder, received_at: datetime, now: datetime,
    ) -> Receipt:  # fmt: skip
        for _ in range(TRACKING_ATTEMPTS):
            report_id = ids.new_id()
            code = self._code_for(client, report_id, key) or ids.new_access_code()
            values = self._rows.of(submission, client, report_id, code, channel, holder, received_at, now)
            if asked is not None:
                values |= of_key(asked) | {"days": self._days}
            try:
                row = await queries.insert(self._engine, values, once=asked is not None)
            except queries.Violation as violation:
                if error := await self._foreseen(violation.constraint, values, client):
                    raise error from None
                if violation.constraint not in ("reports_tracking_number_key", "idempotency_keys_pkey"):
                    raise
                continue  # another number, or the answer that a copy of this service has just stored
            if key is None or asked is None or row["free"]:
                told = None if client.role in OFFICERS else code
                return Receipt(report_id, values["tracking_number"], told, received_at)
            if row["over"]:
                await queries.forget(self._engine, asked.hashes, days=self._days)
                continue
            return await self._first_receipt(row, submission, client, key)
        raise Unavailable("No free tracking number was found; try again in a moment.")

    async def _foreseen(self, constraint: str, values: Mapping[str, Any], client: Client) -> DomainError | None:
        """What the caller can do about a report that the database refused."""
        if constraint == "reports_client_id_external_reference_key":
            return await self._used_before(values["external_reference"], client)
        if constraint not in _UNKNOWN:
            return None
        what, where, pointer = _UNKNOWN[constraint]
        detail = f"There is no such {what}; `GET /v1/{where}` lists them."
        return Invalid(detail, pointer=pointer, code=f"unknown_{what}")

    async def _used_before(self, reference: str, client: Client) -> DomainError:
        """Another agency, or role, with the same name learns that it must choose another reference, and not whose
        report has this one.
        """
        number = await queries.number_of(self._engine, client, reference)
        detail = "This external reference is in use; take another one."
        if number is not None:
            detail = f"You have submitted a report with this external reference before: {number}."
        return Conflict(detail, code="duplicate_external_reference", tracking_number=number)

    async def _check_category(self, submission: ReportSubmission, received_at: datetime) -> None:
        """That there is such a category, the database says."""
        category = submission.category
        day = national_day(received_at)
        if category is not None and await self._registry.is_out_of_service(category, day):
            detail = "This category was out of service on that day; `GET /v1/categories` lists today's."
            raise Invalid(detail, pointer="/category", code="inactive_category")

    def _code_for(self, client: Client, report_id: UUID, key: str | None) -> str | None:
        """The code that the first answer gives, and every other one under the same key; an officer's gives none.

        What an officer types in gets a code that nobody knows, until a slip is made for its reporter.
        """
        if key is None or client.role in OFFICERS:
            return None
        return ids.derived_access_code(self._keys.secret(KeyPurpose.ACCESS_CODES), report_id, key)

    def _first_code(self, client: Client, row: Mapping[str, Any], key: str) -> str | None:
        """The code that was given then, whichever key it was derived by."""
        if client.role in OFFICERS:
            return None
        for secret in self._keys.secrets(KeyPurpose.ACCESS_CODES):
            code = ids.derived_access_code(secret, row["id"], key)
            if ids.access_code_hash(code) == row["access_code_hash"]:
                return code
        raise idempotency.of_another_server()

    async def _first_receipt(
        self, row: Mapping[str, Any], submission: ReportSubmission, client: Client, key: str
    ) -> Receipt:
        if row["request_hash"] is None:
            raise idempotency.in_use()
        kept = row["key_hash"], row["request_hash"]
        if not self._key(key, submission, client).is_repeat_of(*kept):
            other = await self._said_otherwise(submission, client)
            if other is None or not self._key(key, other, client).is_repeat_of(*kept):
                raise idempotency.reused(row["tracking_number"])
        code = self._first_code(client, row, key)
        return Receipt(row["id"], row["tracking_number"], code, row["received_at"], replayed=True)

    async def _said_otherwise(self, submission: ReportSubmission, client: Client) -> ReportSubmission | None:
        """The same with its channel left out, or written out: which one is the default depends on the client."""
        default = _default_channel(await self._channels(client), client)
        if submission.channel is None:
            return submission.model_copy(update={"channel": Channel(default)})
        return submission.model_copy(update={"channel": None}) if submission.channel == default else None

    async def _channels(self, client: Client) -> Sequence[str]:
        if (own := doors.CHANNELS.get(client)) is not None:
            return own
        return await self._registry.channels_of(client.sub) or _UNREGISTERED[client.role]

    async def _channel(self, submission: ReportSubmission, client: Client) -> str:
        own = await self._channels(client)
        if submission.channel is None:
            return _default_channel(own, client)
        if submission.channel not in own:
            raise Invalid(
                f"This is not a channel of yours; name one of {', '.join(own)}.",
                pointer="/channel",
                code="foreign_channel",
            )
        return submission.channel

    async def _holder(self, client: Client, now: datetime) -> Holder:
        """Who must verify it: the coordinator of the instansi whose client brought it, else the national admin.

        In an instansi that is out of service nobody would.
        """
        if client.agency is None:
            return Holder(Level.NATIONAL, None)
        instansi = await self._registry.instansi_of(client.agency)
        if instansi is None:
            raise Forbidden("The agency of your token is not registered; ask an operator.", code="unregistered_agency")
        return Holder(Level.COORDINATOR, instansi.code) if instansi.serves_at(now) else Holder(Level.NATIONAL, None)


def _default_channel(own: Sequence[str], client: Client) -> str:
    if client in doors.CHANNELS:
        return own[0]
    default = _UNREGISTERED[client.role][0]
    return default if default in own else own[0]
