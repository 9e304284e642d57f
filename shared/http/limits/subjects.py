"""Who is meant by a count, and the key that it has for a day."""

import hashlib
import hmac
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from shared.http.limits.rules import Limit, Rule, Window

KEY_BYTES = 16
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


@lru_cache(maxsize=8)
def _key_of_day(secret: str, day: str) -> bytes:
    return hmac.digest(secret.encode(), b"limits" + day.encode(), hashlib.sha256)


def counted_key(secret: str, rule: Rule, window: Window, subject: str) -> bytes:
    """Nobody without the secret learns from it who is meant, nor that two of different windows are the same."""
    told = f"{rule.limit.value}{_SEPARATOR}{window.number}{_SEPARATOR}{subject}"
    return hmac.digest(_key_of_day(secret, window.day), told.encode("utf-8", "replace"), hashlib.sha256)[:KEY_BYTES]


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
}
OF_A_CLIENT = frozenset({Limit.WRONG_CODES_OF_CLIENT, Limit.SUBMISSIONS_OF_REPORTER})
_OF_ADDRESSES = frozenset({
    Limit.LOG_INS_OF_ADDRESS, Limit.TOKENS_OF_ADDRESS, Limit.WRONG_CODES_OF_ADDRESS, Limit.SUBMISSIONS_OF_ADDRESS,
})  # fmt: skip


def subject_of(limit: Limit, name: str, client: str | None) -> str:
    """Of what an operator names; `client` where OF_A_CLIENT has the limit."""
    if limit in _OF_ADDRESSES:
        return of_address(name)
    return name if client is None or limit not in OF_A_CLIENT else at_client(client, name)
