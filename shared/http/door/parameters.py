"""Parameters that an operation does not know: refused, since one that is misspelt would be passed over in silence."""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import parse_qsl

from shared.errors import DomainError
from shared.http import field_errors, problems


class UnknownParameters(DomainError):
    """The same problem as a list gives, whose parameters are a model."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"

    def __init__(self, names: Collection[str], known: Collection[str]) -> None:
        super().__init__(problems.wrong_fields(len(names)))
        message = field_errors.unknown(sorted(known))
        self._told = [
            {"pointer": problems.pointer(("query", name)), "code": field_errors.UNKNOWN, "message": message}
            for name in names
        ]

    @property
    def errors(self) -> list[dict[str, str]]:
        return self._told


def check(known: Collection[str], query: bytes) -> None:
    """Raises UnknownParameters."""
    sent = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    unknown = dict.fromkeys(name for name, _ in sent if name not in known)
    if unknown:
        raise UnknownParameters(unknown, known)
