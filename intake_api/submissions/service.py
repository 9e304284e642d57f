"""The rules of a submission: who may say what of a report, where it starts, what its receipt says."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.submissions import queries
from intake_api.submissions.registry import Registry
from intake_api.submissions.schemas import ReportSubmission
from shared import events, idempotency, ids
from shared.auth import OFFICERS, Client, Role, Scope
from shared.codes import Channel
from shared.errors import Conflict, DomainError, Forbidden, Invalid, Unavailable
from shared.lifecycle import Holder, Level, Status
from shared.regions import WIB, WIT, province_of, time_zone_of

CLOCK_SKEW = timedelta(minutes=2)
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
TRACKING_ATTEMPTS = 5
#: Categories hold in the whole country; their days are those of its capital's zone.
_WIB = ZoneInfo(WIB)

SUBMITTERS = OFFICERS | {Role.REPORTER_APP, Role.CHANNEL}
#: Who enters reports on somebody else's behalf.
ENTERERS = OFFICERS | {Role.CHANNEL}

#: What a client that is not in the registry may name, its default first.
_UNREGISTERED: dict[Role, tuple[str, ...]] = {
    Role.REPORTER_APP: (Channel.APP,),
    Role.CHANNEL: (Channel.AGENCY,),
    **dict.fromkeys(OFFICERS, (Channel.COUNTER, Channel.LETTER, Channel.PHONE, Channel.EMAIL)),
}


def _foreseen(constraint: str) -> DomainError | None:
    """What the caller can do about a report that the database refused."""
    match constraint:
        case "reports_region_code_fkey":
            detail = "There is no such region; `GET /v1/regions` lists them."
            return Invalid(detail, pointer="/location/region_code", code="unknown_region")
        case "reports_category_code_fkey":
            detail = "There is no such category; `GET /v1/categories` lists them."
            return Invalid(detail, pointer="/category", code="unknown_category")
        case "reports_target_agency_code_fkey":
            detail = "There is no such agency; `GET /v1/agencies` lists them."
            return Invalid(detail, pointer="/agency", code="unknown_agency")
        case "reports_client_id_external_reference_key":
            detail = "You have submitted a report with this external reference before."
            return Conflict(detail, code="duplicate_external_reference")
    return None


class Receipt(NamedTuple):
    report_id: UUID
    tracking_number: str
    access_code: str
    received_at: datetime
    replayed: bool = False

    def as_json(self) -> str:
        return json.dumps(
            {
                "id": str(self.report_id),
                "tracking_number": self.tracking_number,
                "access_code": self.access_code,
                "status": Status.RECEIVED.value,
                "received_at": self.received_at.isoformat().replace("+00:00", "Z"),
            }
        )


class Key(NamedTuple):
    """An Idempotency-Key and the bytes that came with it."""

    text: str
    body: bytes


class Submissions:
    """Accepts reports; one for each process, because of what it remembers of the registry."""

    def __init__(self, engine: AsyncEngine, secret: str) -> None:
        self._engine = engine
        self._secret = secret
        self._registry = Registry(engine)

    async def submit(self, submission: ReportSubmission, *, client: Client, key: Key | None, now: datetime) -> Receipt:
        """Write the report. Raises Forbidden, Invalid, Conflict; then nothing is written."""
        _check_client(client)
        _check_fields(submission, client)
        received_at = _received_at(submission, now)
        _check_occurred_on(submission, received_at)
        await self._check_category(submission, received_at)
        channel = await self._channel(submission, client)
        holder = await self._holder(client, now)
        for _ in range(TRACKING_ATTEMPTS):
            report_id = ids.new_id()
            code = (
                ids.derived_access_code(self._secret, report_id, key.text) if key is not None else ids.new_access_code()
            )
            values = self._values(submission, client, report_id, code, channel, holder, received_at, now)
            if key is not None:
                values |= _key_values(client, key)
            try:
                row = await queries.insert(self._engine, values, once=key is not None)
            except queries.Violation as violation:
                if error := _foreseen(violation.constraint):
                    raise error from None
                if violation.constraint not in ("reports_tracking_number_key", "idempotency_keys_pkey"):
                    raise
                continue  # another number, or the answer that a copy of this service has just stored
            if key is None or row["free"]:
                return Receipt(report_id, values["tracking_number"], code, received_at)
            return self._first_receipt(row, key)
        raise Unavailable("No free tracking number was found; try again in a moment.")

    async def _check_category(self, submission: ReportSubmission, received_at: datetime) -> None:
        """That there is such a category, the database says."""
        category = submission.category
        day = received_at.astimezone(_WIB).date()
        if category is not None and await self._registry.is_out_of_service(category, day):
            detail = "This category was out of service on that day; `GET /v1/categories` lists today's."
            raise Invalid(detail, pointer="/category", code="inactive_category")

    def _first_receipt(self, row: Mapping[str, Any], key: Key) -> Receipt:
        if row["request_hash"] is None:
            raise idempotency.in_use()
        if row["request_hash"] != idempotency.request_hash(key.body):
            raise idempotency.reused()
        code = ids.derived_access_code(self._secret, row["id"], key.text)
        return Receipt(row["id"], row["tracking_number"], code, row["received_at"], replayed=True)

    async def _channel(self, submission: ReportSubmission, client: Client) -> str:
        own = await self._registry.channels_of(client.sub) or _UNREGISTERED[client.role]
        if submission.channel is None:
            default = _UNREGISTERED[client.role][0]
            return default if default in own else own[0]
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

    def _values(
        self, submission: ReportSubmission, client: Client, report_id: UUID, access_code: str, channel: str,
        holder: Holder, received_at: datetime, now: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        location, contact, reference = submission.location, submission.reporter, submission.reporter_reference
        salt, imported = ids.new_salt(), client.may(Scope.IMPORT)
        values: dict[str, Any] = {
            "id": report_id,
            "tracking_number": ids.new_tracking_number(),
            "access_code_hash": ids.access_code_hash(access_code),
            "title": submission.title,
            "body": submission.body,
            "salt": salt,
            "occurred_on": submission.occurred_on,
            "location_text": location and location.text,
            "latitude": location and location.latitude,
            "longitude": location and location.longitude,
            "region_code": location and location.region_code,
            "target_agency_code": submission.agency,
            "channel": channel,
            "client_id": client.sub,
            "external_reference": submission.external_reference,
            "entered_by": submission.entered_by or (client.sub if client.role in OFFICERS else None),
            "reporter_id": ids.new_id() if contact else None,
            "reporter_reference_hash": reference and ids.reference_hash(self._secret, client.sub, reference),
            "imported": imported,
            "received_at": received_at,
            "recorded_at": now,
            "classification": submission.classification,
            "category_code": submission.category,
            "anonymous": submission.anonymous,
            "secret": submission.secret,
            "holder_level": holder.level,
            "holder_agency_code": holder.agency,
        }
        if contact:
            values |= contact.model_dump()
        return values | _first_event(values, client, holder)


def _first_event(values: dict[str, Any], client: Client, holder: Holder) -> dict[str, Any]:
    """`report.received`, the first link of the chain."""
    event_id, region = ids.new_id(), values["region_code"]
    data = events.canonical(
        {
            "classification": values["classification"],
            "channel": values["channel"],
            "status": Status.RECEIVED.value,
            "holder": holder.as_data(),
            "region": region,
            "province": province_of(region),
            "time_zone": time_zone_of(region),
            "imported": values["imported"],
            "digest": ids.salted_digest(values["salt"], values["title"], values["body"]),
        }
    )
    digest = events.event_hash(
        events.GENESIS, event_id=event_id, report_id=values["id"], seq=1,
        type=events.EventType.REPORT_RECEIVED.value, occurred_at=values["received_at"],
        recorded_at=values["recorded_at"], actor=client.actor, data=data,
    )  # fmt: skip
    return {"event_id": event_id, "actor": client.actor, "data": data, "genesis": events.GENESIS, "hash": digest}


def _key_values(client: Client, key: Key) -> dict[str, Any]:
    hashed = idempotency.key_hash(client.actor, "POST /v1/reports", key.text)
    return {
        "key_hash": hashed,
        "lock_number": idempotency.lock_number(hashed),
        "request_hash": idempotency.request_hash(key.body),
    }


def _check_client(client: Client) -> None:
    if client.role not in SUBMITTERS:
        raise Forbidden(f"The role {client.role.value} does not submit reports.")
    if client.role is Role.CHANNEL and not client.may(Scope.SUBMIT):
        raise Forbidden(f"A channel needs the scope {Scope.SUBMIT.value} to submit reports.", code="missing_scope")


def _check_fields(submission: ReportSubmission, client: Client) -> None:
    """Fields that only some may set."""
    if submission.received_at is not None and client.role not in ENTERERS:
        raise Invalid(
            "Only channels and officers say when a report was received; leave it out.",
            pointer="/received_at",
            code="received_at_not_allowed",
        )
    if submission.entered_by is not None and client.role not in ENTERERS:
        raise Invalid(
            "Only channels and officers enter reports for somebody else; leave it out.",
            pointer="/entered_by",
            code="entered_by_not_allowed",
        )
    if submission.reporter_reference is not None and client.role is not Role.REPORTER_APP:
        raise Invalid(
            "Only apps have accounts of reporters; leave it out.",
            pointer="/reporter_reference",
            code="reporter_reference_not_allowed",
        )


def _received_at(submission: ReportSubmission, now: datetime) -> datetime:
    """Legal time: what a channel or officer says, else now."""
    if submission.received_at is None:
        return now
    received_at = submission.received_at  # compared before it is converted, which the year 9999 does not survive
    if received_at > now + CLOCK_SKEW:
        raise Invalid(
            "A report cannot have been received in the future.", pointer="/received_at", code="received_in_future"
        )
    if received_at < EARLIEST:
        raise Invalid(
            f"Nothing was received before {EARLIEST.year}; check the year.", pointer="/received_at", code="too_early"
        )
    return received_at.astimezone(UTC)


def _check_occurred_on(submission: ReportSubmission, received_at: datetime) -> None:
    """Where the place is not known, the day may be the one that it is in the east already."""
    if submission.occurred_on is None:
        return
    region = submission.location and submission.location.region_code
    zone = time_zone_of(region) if region else WIT
    if submission.occurred_on > received_at.astimezone(ZoneInfo(zone)).date():
        raise Invalid(
            "It cannot have happened after it was reported.", pointer="/occurred_on", code="occurred_in_future"
        )
