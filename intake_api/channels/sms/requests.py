"""What a gateway sends over HTTP: whose it is, and what is in it. It knows no database."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl
from uuid import UUID

from intake_api.channels.sms.gateways import Gateway, HttpForm, ProofKind
from intake_api.channels.sms.parts import PartPlace, place_of_header
from shared.errors import Forbidden, Invalid

MOST_FIELDS = 100
_UNICODE = frozenset({"utf-16be", "utf-16", "ucs-2", "ucs2"})


@dataclass(frozen=True, slots=True)
class Came:
    """A request. `address`: where the gateway sent it, with its query; `fields`: as bytes of Latin-1."""

    address: str
    query: bytes
    body: bytes
    headers: Mapping[str, str]

    def fields(self, form: HttpForm) -> dict[str, str]:
        """Raises Invalid."""
        try:
            found = _pairs(self.query)
            if form.body == "json" and self.body:
                given = json.loads(self.body)
                found |= {
                    name: str(value).encode("utf-8", "replace").decode("latin-1")
                    for name, value in given.items()
                    if isinstance(value, str | int | float)
                }
            else:
                found |= _pairs(self.body)
        except (ValueError, AttributeError, RecursionError):
            raise Invalid("What the gateway sent cannot be read.", pointer="") from None
        return found


def _pairs(text: bytes) -> dict[str, str]:
    return dict(
        parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="latin-1")
    )


@dataclass(frozen=True, slots=True)
class Read:
    reference: str
    sender: str
    words: str
    place: PartPlace | None
    received_at: datetime | None


def check_proof(gateway: Gateway, form: HttpForm, came: Came) -> None:
    """Raises Forbidden."""
    secret = gateway.secret.get_secret_value()
    if not _PROOFS[form.proof](secret, form, came):
        detail = "The secret or signature of this gateway is missing or wrong; compare both settings."
        raise Forbidden(detail, code="wrong_gateway_secret")


def _has_secret(secret: str, form: HttpForm, came: Came) -> bool:
    scheme, _, given = came.headers.get("authorization", "").partition(" ")
    password = ""
    if scheme.lower() == "basic":
        try:
            password = base64.b64decode(given, validate=True).decode("latin-1").partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    else:
        password = came.fields(form).get("key", "")
    return hmac.compare_digest(password.encode("latin-1", "replace"), secret.encode())


def _has_twilios(secret: str, form: HttpForm, came: Came) -> bool:
    """The address as it was sent, and each field of the body with its value, in the order of their names."""
    try:
        pairs = parse_qsl(came.body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return False
    signed = came.address + "".join(name + value for name, value in sorted(set(pairs)))
    made = base64.b64encode(hmac.digest(secret.encode(), signed.encode("utf-8", "replace"), hashlib.sha1))
    return hmac.compare_digest(came.headers.get("x-twilio-signature", "").encode("latin-1", "replace"), made)


def _has_hmac(secret: str, form: HttpForm, came: Came) -> bool:
    given = came.headers.get(form.proof_header.lower(), "").strip().lower().removeprefix("sha256=")
    made = hmac.digest(secret.encode(), came.body, hashlib.sha256).hex()
    return bool(came.body) and hmac.compare_digest(given.encode("latin-1", "replace"), made.encode())


_PROOFS = {
    ProofKind.SECRET: _has_secret,
    ProofKind.TWILIO: _has_twilios,
    ProofKind.HMAC_SHA256: _has_hmac,
}


def read_request(form: HttpForm, came: Came) -> Read:
    """Raises Invalid. Where the body is what is signed, whoever sends that again adds nothing to it by the query."""
    signed = replace(came, query=b"") if form.proof is ProofKind.HMAC_SHA256 else came
    sent, names = signed.fields(form), form.fields
    for name in (names.sender, names.reference):
        if not sent.get(name):
            raise Invalid(f"The gateway sent no {name}; set its address as docs/channels/sms.md shows.", pointer=name)
    return Read(
        _text(sent[names.reference]), _text(sent[names.sender]), _words(form, sent), _place(form, sent),
        _instant(sent.get(names.at, "")),
    )  # fmt: skip


def _words(form: HttpForm, sent: Mapping[str, str]) -> str:
    names = form.fields
    if names.hex and sent.get(names.hex):
        try:
            return _decoded(bytes.fromhex(sent[names.hex]), unicode=sent.get(names.coding) == "8")
        except ValueError:
            pass
    charset = sent.get(names.charset, "").lower()
    raw = sent.get(names.words, "").encode("latin-1")
    return _decoded(raw, unicode=sent.get(names.coding) == "2" and charset in _UNICODE)


def _decoded(raw: bytes, *, unicode: bool) -> str:
    """A half of a character that another part has the rest of stays as it is."""
    if unicode:
        return raw.decode("utf-16-be", "surrogatepass" if len(raw) % 2 == 0 else "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _text(value: str) -> str:
    return _decoded(value.encode("latin-1"), unicode=False)


def _place(form: HttpForm, sent: Mapping[str, str]) -> PartPlace | None:
    names = form.fields
    if header := sent.get(names.header, ""):
        try:
            return place_of_header(bytes.fromhex(header))
        except ValueError:
            return place_of_header(header.encode("latin-1"))
    try:
        number, total, seq = (int(sent.get(name) or "0") for name in (names.number, names.total, names.seq))
    except ValueError:
        raise Invalid("The number of a part is none.", pointer=names.seq) from None
    return PartPlace(number, total, seq) if total > 1 else None


def _instant(text: str) -> datetime | None:
    """None: now."""
    try:
        found = datetime.fromtimestamp(int(text), UTC) if text.isascii() and text.isdigit() else _written(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found


def _written(text: str) -> datetime | None:
    found = datetime.fromisoformat(text)
    return None if found.tzinfo is None else found.astimezone(UTC)


#: What gateways call a message that did not arrive; whatever else they tell is on its way, or arrived.
_FAILED = frozenset({
    "2", "16", "undelivered", "failed", "undeliv", "expired", "rejectd", "deleted", "rejected", "not_delivered",
})  # fmt: skip
#: Where they say it.
_STATUSES = ("status", "MessageStatus", "message_status")


def delivery_failed(sent: Mapping[str, str]) -> str | None:
    """How the gateway calls it that a message did not arrive; None: it did, or may yet."""
    said = next((sent[name] for name in _STATUSES if sent.get(name)), "")
    return said[:20] if said.lower() in _FAILED else None


def proof_of(secret: str, message_id: UUID) -> str:
    """That a delivery report is of a message of ours: it stands in the address that the gateway was given for it."""
    return hmac.digest(secret.encode(), b"sms-delivery|" + message_id.bytes, hashlib.sha256).hex()[:32]


def is_proof(gateway: Gateway, message_id: UUID, given: str) -> bool:
    made = proof_of(gateway.secret.get_secret_value(), message_id)
    return hmac.compare_digest(given.encode("latin-1", "replace"), made.encode())
