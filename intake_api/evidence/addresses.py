"""Addresses at which a file is fetched: signed, for a few minutes, and good for as long as the right is."""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from urllib.parse import urlencode
from uuid import UUID

from shared import ids
from shared.domain.evidence import Variant
from shared.domain.lifecycle import is_public
from shared.errors import Forbidden, Unavailable
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import KeyTrouble
from shared.schema import Report

PATH = "/v1/evidence/{id}/{variant}"
_SIGNATURE_BYTES = 16


class Audience(StrEnum):
    """For whom an address was made."""

    PUBLIC = auto()
    OWN = auto()  #: the reporter
    WORK = auto()  #: who works on the report


@dataclass(frozen=True, slots=True)
class Address:
    evidence_id: UUID
    variant: Variant
    audience: Audience
    expires: int  #: seconds since 1970


class Addresses:
    """Raises Unavailable where the key is missing."""

    def __init__(self, keys: Keys, *, seconds: int) -> None:
        self._keys = keys
        self._lasts = timedelta(seconds=seconds)

    def until(self, now: datetime) -> datetime:
        return (now + self._lasts).replace(microsecond=0)

    def make(self, address: Address, report: Report, *, root_path: str) -> str:
        query = {
            "audience": address.audience.value, "expires": address.expires,
            "signature": _signature(self._secrets()[0], address, report),
        }  # fmt: skip
        path = PATH.format(id=address.evidence_id, variant=address.variant.value)
        return f"{root_path}{path}?{urlencode(query)}"

    def check(self, address: Address, signature: str, report: Report, now: datetime) -> None:
        """Raises Forbidden for one that is over, was not made by us, or whose right has ended since."""
        good = any(hmac.compare_digest(_signature(secret, address, report), signature) for secret in self._secrets())
        if not good or now.timestamp() >= address.expires:
            raise Forbidden(
                "This address is good no more; fetch the list of evidence again for a new one.",
                code="address_is_over",
            )

    def _secrets(self) -> list[str]:
        try:
            return self._keys.secrets(KeyPurpose.ADDRESSES)
        except KeyTrouble as trouble:
            raise Unavailable(str(trouble), code="evidence_key_missing") from None


def _signature(secret: str, address: Address, report: Report) -> str:
    told = (str(address.evidence_id), address.variant.value, address.audience.value, str(address.expires))
    digest = ids.keyed_digest(secret, b"evidence|" + ids.framed(*told, *_right(address.audience, report)))
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode().rstrip("=")


def _right(audience: Audience, report: Report) -> tuple[str, ...]:
    """What the right hangs on: once it is different, what was signed with it is no signature any more."""
    if audience is Audience.OWN:
        return ()
    if audience is Audience.PUBLIC:
        public = is_public(report.status, secret=report.secret, published=report.published_at is not None)
        return (str(public),)
    return (report.holder_level.value, report.holder_agency_code or "", str(report.secret))
