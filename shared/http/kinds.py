"""What kinds of signed tokens there are. One is never taken for another: each says its kind in its header. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenKind:
    """`type`: `typ` of its header. `names_audience`: whether it is refused without its audience."""

    type: str
    audience: str
    names_audience: bool

    def has_type(self, said: object) -> bool:
        return said in (self.type, f"application/{self.type}")


#: RFC 9068; what stands in `Authorization: Bearer`.
ACCESS = TokenKind("at+jwt", "lapor", names_audience=False)
#: What stands in the cookie of whoever is logged in at the pages of officers.
SESSION = TokenKind("session+jwt", "lapor-board", names_audience=True)


def audience_of(service: str) -> list[str]:
    """Of a token between services: one that it was sent to cannot pass it on to another. The release before asks for
    the first of them.
    """
    return [ACCESS.audience, f"{ACCESS.audience}/{service}"]


def is_meant_for(service: str, audience: object) -> bool:
    """One of the release before names no service."""
    named = [str(one) for one in audience if one != ACCESS.audience] if isinstance(audience, list) else []
    return not named or f"{ACCESS.audience}/{service}" in named
