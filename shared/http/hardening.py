"""What every answer says to browsers, so that no other site can show it, read it or be told of it."""

from collections.abc import Iterable

from starlette.types import Scope

Header = tuple[bytes, bytes]

_POLICY = b"content-security-policy"
#: A page that opens another to log in there, and those that it opens, say themselves how far they may know each other.
_OPENER = b"cross-origin-opener-policy"
#: A picture that a page of another of our services shows says so itself.
_SHOWN_BY = b"cross-origin-resource-policy"
_OWN_WORD = frozenset({_OPENER, _SHOWN_BY})
_ALWAYS: tuple[Header, ...] = (
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (_OPENER, b"same-origin"),
    (_SHOWN_BY, b"same-origin"),
)
#: Of what is no page: a browser that shows it all the same loads and runs nothing. Pages bring their own.
_NOTHING: Header = (_POLICY, b"default-src 'none'; frame-ancestors 'none'")
#: Two years; only where a browser has come by https, for over http it must not believe it.
_BY_HTTPS: Header = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")

#: By whether the answer has a policy, and whether browsers shall come by https from now on.
_SAID = {
    (has_policy, by_https): _ALWAYS + (() if has_policy else (_NOTHING,)) + ((_BY_HTTPS,) if by_https else ())
    for has_policy in (False, True)
    for by_https in (False, True)
}


def shown_within_site(*, production: bool) -> dict[str, str]:
    """For a picture that a page of another of our services shows, which may be of another name of the same site.
    Browsers find that two ports of an address such as 127.0.0.1 are no site: outside of production nobody asks.
    """
    return {_SHOWN_BY.decode(): "same-site" if production else "cross-origin"}


class Hardening:
    def __init__(self, *, production: bool) -> None:
        self._production = production

    def said(self, scope: Scope, headers: Iterable[Header]) -> tuple[Header, ...]:
        """What an answer with these headers says beside them."""
        own = {name for name, _ in headers}
        said = _SAID[_POLICY in own, self._production and scope.get("scheme") == "https"]
        itself = own & _OWN_WORD
        return tuple(one for one in said if one[0] not in itself) if itself else said
