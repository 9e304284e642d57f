"""Who is meant by a count, and the key that it has for a day."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from shared.http.limits.rules import Limit, LimitRule, Window

KEY_BYTES = 16
_MOST_KNOWN = 100
_DIGEST = "sha256"  # by name: the quick way of OpenSSL
_IPV6_PREFIX = 64  #: what one subscriber gets; within it they choose addresses as they like
_SEPARATOR = "\x1f"


def of_address(text: str) -> str:
    """As limits count it: the addresses of one IPv6 subscriber are one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text[:64]
    if not isinstance(address, IPv6Address):
        return text
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.packed[: _IPV6_PREFIX // 8].hex()


def at_client(client: str, name: str) -> str:
    """An account of an app, or a report that a client asks for."""
    return f"{client}{_SEPARATOR}{name}"


@dataclass(frozen=True, slots=True)
class Naming:
    """Makes the keys of one rule in one window: what takes longer than counting is done once."""

    rule: LimitRule
    window: Window
    key: bytes
    prefix: bytes
    known: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, secret: str, rule: LimitRule, now: datetime) -> "Naming":
        window = rule.window_at(now)
        of_day = hmac.digest(secret.encode(), b"limits" + window.day.encode(), _DIGEST)
        prefix = f"{rule.limit.value}{_SEPARATOR}{window.number}{_SEPARATOR}"
        return cls(rule, window, of_day, prefix.encode())

    def holds_at(self, now: datetime) -> bool:
        return self.window.begins_at <= now < self.window.ends_at

    def key_for(self, subject: str) -> bytes:
        """Nobody without the secret learns from it who is meant, nor that two of different windows are the same."""
        key = self.known.get(subject)
        if key is None:
            key = hmac.digest(self.key, self.prefix + subject.encode("utf-8", "replace"), _DIGEST)[:KEY_BYTES]
            if len(self.known) < _MOST_KNOWN:  # clients are few and come again
                self.known[subject] = key
        return key


#: What an operator names where a limit is lifted.
NAMED = {
    Limit.LOG_INS_OF_ACCOUNT: "the account",
    Limit.LOG_INS_OF_ADDRESS: "the address",
    Limit.TOKENS_OF_ACCOUNT: "the account",
    Limit.TOKENS_OF_ADDRESS: "the address",
    Limit.WRONG_CODES_OF_ADDRESS: "the address",
    Limit.WRONG_CODES_OF_CLIENT: "the tracking number, and the client",
    Limit.WRONG_CODES_OF_REPORT: "the tracking number",
    Limit.SUBMISSIONS_OF_REPORTER: "the reporter reference, and the client",
    Limit.SUBMISSIONS_OF_CLIENT: "the client",
    Limit.SUBMISSIONS_OF_ADDRESS: "the address",
    Limit.UPLOADS_OF_REPORTER: "the reporter reference, and the client",
    Limit.UPLOADS_OF_CLIENT: "the client",
    Limit.UPLOADS_OF_ADDRESS: "the address",
}
OF_A_CLIENT = frozenset({Limit.WRONG_CODES_OF_CLIENT, Limit.SUBMISSIONS_OF_REPORTER, Limit.UPLOADS_OF_REPORTER})
_OF_ADDRESSES = frozenset({
    Limit.LOG_INS_OF_ADDRESS, Limit.TOKENS_OF_ADDRESS, Limit.WRONG_CODES_OF_ADDRESS, Limit.SUBMISSIONS_OF_ADDRESS,
    Limit.UPLOADS_OF_ADDRESS,
})  # fmt: skip


def subject_of(limit: Limit, name: str, client: str | None) -> str:
    """Of what an operator names; `client` where OF_A_CLIENT has the limit."""
    if limit in _OF_ADDRESSES:
        return of_address(name)
    return name if client is None or limit not in OF_A_CLIENT else at_client(client, name)
