"""What a submission becomes in the tables, with the first event of its chain."""

from datetime import datetime
from typing import Any
from uuid import UUID

from intake_api.identities.sealing import Identities
from intake_api.submissions.schemas import Location, ReportSubmission
from shared import ids
from shared.clients import OFFICERS, Client, Scope
from shared.domain.lifecycle import Holder, Status
from shared.domain.regions import province_of, regency_of, time_zone_of
from shared.http import idempotency
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.log import digests, events
from shared.log.payloads.intake import Counter, ReportReceived


class Rows:
    """The values of one statement, `queries.insert`."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._identities = Identities(keys)

    def _account(self, client: Client, reference: str) -> bytes:
        return ids.reference_hash(self._keys.secret(KeyPurpose.REFERENCES), client.sub, reference)

    def of(
        self, submission: ReportSubmission, client: Client, report_id: UUID, access_code: str, channel: str,
        holder: Holder, received_at: datetime, now: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        contact, reference = submission.reporter, submission.reporter_reference
        imported = client.may(Scope.IMPORT)
        salt, private_salt = ids.new_salts()
        values: dict[str, Any] = {
            "id": report_id,
            "tracking_number": ids.new_tracking_number(),
            "access_code_hash": ids.access_code_hash(access_code),
            "title": submission.title,
            "body": submission.body,
            "salt": salt,
            "private_salt": private_salt,
            "occurred_on": submission.occurred_on,
            **_place(submission.location),
            "target_agency_code": submission.agency,
            "channel": channel,
            "client_id": client.sub,
            "external_reference": submission.external_reference,
            "entered_by": submission.entered_by or (client.sub if client.role in OFFICERS else None),
            "reporter_id": ids.new_id() if contact else None,
            "reporter_reference_hash": reference and self._account(client, reference),
            "imported": imported,
            "received_at": received_at,
            "recorded_at": now,
            "classification": submission.classification,
            "category_code": submission.category,
            "subject_code": submission.subject,
            "anonymous": submission.anonymous,
            "secret": submission.secret,
            "holder_level": holder.level,
            "holder_agency_code": holder.agency,
        }
        if contact:
            values |= self._identities.seal(values["reporter_id"], contact.identity)
        return values | _first_event(values, client, holder)


def _place(location: Location | None) -> dict[str, Any]:
    return {
        "location_text": location and location.text,
        "latitude": location and location.latitude,
        "longitude": location and location.longitude,
        "region_code": location and location.region_code,
    }


def _first_event(values: dict[str, Any], client: Client, holder: Holder) -> dict[str, Any]:
    """`report.received`, the first link of the chain."""
    event_id, region = ids.new_id(), values["region_code"]
    by_officer = client.role in OFFICERS
    received = ReportReceived(
        classification=values["classification"],
        category=values["category_code"],
        subject=values["subject_code"],
        anonymous=values["anonymous"],
        secret=values["secret"],
        channel=values["channel"],
        status=Status.RECEIVED,
        holder=holder,
        region=region,
        province=province_of(region),
        regency=regency_of(region),
        time_zone=time_zone_of(region),
        imported=values["imported"],
        counter=Counter(client.agency) if by_officer else None,
        gateway=None if by_officer else client.agency,
        digest=digests.of_words(values),
        digests=digests.of_report(values),
    )
    data = events.canonical(received.as_data())
    events.check_actor(client.actor)
    digest = events.event_hash(
        events.GENESIS, event_id=event_id, report_id=values["id"], seq=1,
        type=received.type.value, occurred_at=values["received_at"],
        recorded_at=values["recorded_at"], actor=client.actor, data=data,
    )  # fmt: skip
    return {"event_id": event_id, "actor": client.actor, "data": data, "genesis": events.GENESIS, "hash": digest}


def of_key(asked: idempotency.Key) -> dict[str, Any]:
    return {
        "key_hashes": asked.hashes,
        "lock_number": asked.lock,
        "request_hashes": [one.request for one in asked.kept],
    }
