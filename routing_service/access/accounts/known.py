"""An account as the registry knows it now. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.clients import Role
from shared.domain.accounts import AccountKind, AccountState
from shared.domain.wording import Language


@dataclass(frozen=True, slots=True)
class Known:
    """Role, agency and name of an officer are those that `officers` says."""

    id: str
    kind: AccountKind
    state: AccountState
    epoch: int
    role: Role
    agency: str | None
    scopes: tuple[str, ...]
    grants: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    name: str
    email: str | None
    language: Language
    officer_id: UUID | None
    password_hash: str | None
    totp_secret: bytes | None
    totp_step: int | None
    in_service: bool  #: the officer, and the agency

    @property
    def gets_in(self) -> bool:
        """Whether it may log in, or ask for a token."""
        return self.state is AccountState.ACTIVE and self.in_service


@dataclass(frozen=True, slots=True)
class System(Known):
    """A registered client. Without any secret or key it is a public one: nothing that it holds stays secret."""

    secret_hashes: Sequence[bytes]  #: those that have not expired
    keys: Mapping[str, Mapping[str, Any]]  #: by `kid`
    is_public: bool
