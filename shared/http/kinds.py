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
