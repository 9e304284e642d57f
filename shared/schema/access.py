"""Who gets in: accounts, their proofs, and what the issuer gave out. Written by routing_service (access/).

Tokens, codes and secrets are kept as digests only.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.accounts import AccountKind, AccountState, InvitationKind, NoticeKind
from shared.domain.wording import Language
from shared.schema.base import Model


class Account(Model):
    """A person or a system that may get in. Its id is the `sub` of its tokens, and never says who it is of a person.

    Role and agency of an officer are those of `officers`; of anybody else they stand here.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[AccountKind]
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("officers.id"), unique=True)
    role: Mapped[str | None]
    agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    state: Mapped[AccountState]
    # Of a token: what was given out before the account was reset or shut out has an older one.
    epoch: Mapped[int] = mapped_column(server_default=text("0"))
    name: Mapped[str | None]  # of a person that is no officer, and of a system
    # What a person logs in with, of an officer the address in `officers` (a trigger); of a system, whom to write to.
    email: Mapped[str | None]
    language: Mapped[Language] = mapped_column(server_default=Language.ID.value)
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # of a system
    grants: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # of a system, as RFC 7591
    salt: Mapped[bytes] = mapped_column(server_default=text("uuid_send(gen_random_uuid())"))  # for registry_events
    password_hash: Mapped[str | None]
    totp_secret: Mapped[bytes | None]  # sealed under a key of the purpose `accounts`
    totp_step: Mapped[int | None] = mapped_column(BigInteger)  # the last that was used: none is taken twice
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())  # kept by a trigger

    __table_args__ = (
        CheckConstraint("(officer_id IS NULL) <> (role IS NULL)", name="role"),
        CheckConstraint("kind = 'person' OR officer_id IS NULL", name="officer"),
        Index("accounts_email_key", text("lower(email)"), unique=True, postgresql_where=text("kind = 'person'")),
        Index("accounts_changed_at_idx", "changed_at"),
    )


class Invitation(Model):
    """A link that works once: to take up an account, or to set its proofs anew."""

    __tablename__ = "invitations"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[InvitationKind]
    created_by: Mapped[str]  # role:sub
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index("invitations_account_id_idx", "account_id"),)


class InvitationMail(Model):
    """A link that somebody waits for by mail. It is made when the mail goes out; then the row is gone.

    Whoever sends it puts off `due_at` first: if they break off, somebody else sends a newer link then.
    """

    __tablename__ = "invitation_mails"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    kind: Mapped[InvitationKind]
    created_by: Mapped[str]  # role:sub
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # NULL: refused to the end; a new invitation tries again
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]  # the reply of the server, without the address


class AccountNotice(Model):
    """What a person is still to be told of their account; triggers write it. Gone with its mail, or after three days.

    Whoever sends it puts off `due_at` first, as of invitations.
    """

    __tablename__ = "account_notices"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[NoticeKind]
    email: Mapped[str]  # as it was then: of a changed address there is a row for each
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp() + interval '3 days'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (Index("account_notices_due_at_idx", "due_at"),)


class Passkey(Model):
    """A passkey of a person: the public half, and how often it has signed."""

    __tablename__ = "passkeys"

    credential_id: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (Index("passkeys_account_id_idx", "account_id"),)


class ClientSecret(Model):
    """A secret of a system. It has full entropy, so that a fast hash is enough. Two at once while one is replaced."""

    __tablename__ = "client_secrets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    secret_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    __table_args__ = (Index("client_secrets_account_id_idx", "account_id"),)


class ClientKey(Model):
    """A public key of a system, that its assertions are checked by (RFC 7523)."""

    __tablename__ = "client_keys"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    jwk: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[datetime]


class UsedAssertion(Model):
    """The `jti` of an assertion, until it has expired: none is taken twice."""

    __tablename__ = "used_assertions"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]

    __table_args__ = (Index("used_assertions_expires_at_idx", "expires_at"),)


class LoginSession(Model):
    """Somebody who is logged in at our page: the digest of their cookie."""

    __tablename__ = "login_sessions"

    cookie_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    epoch: Mapped[int]  # of the account, by then
    factors: Mapped[list[str]] = mapped_column(ARRAY(Text))  # `amr` of RFC 8176: pwd, otp, hwk, fed
    # Of whoever is just taking up their account: the link that lets them set a second proof, and nobody else.
    invitation_hash: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (Index("login_sessions_account_id_idx", "account_id"),)


class AuthorizationCode(Model):
    """Good once and for a minute. A second use ends what came of the first."""

    __tablename__ = "authorization_codes"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    client_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    redirect_uri: Mapped[str]
    challenge: Mapped[str]  # S256 of RFC 7636
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    factors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    epoch: Mapped[int]
    authenticated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    family_id: Mapped[UUID | None]  # of the tokens that it was exchanged for

    __table_args__ = (Index("authorization_codes_expires_at_idx", "expires_at"),)


class TokenFamily(Model):
    """All tokens that came of one log-in. It ends as a whole."""

    __tablename__ = "token_families"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # NULL: no system; the session of our own pages, whose cookie is the only token that came of it.
    client_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    factors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    epoch: Mapped[int]
    authenticated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]  # reuse, revoked, logout

    __table_args__ = (
        Index("token_families_account_id_idx", "account_id"),
        # What every process asks for again and again.
        Index("token_families_ended_at_idx", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )


class RefreshToken(Model):
    """Used once; whoever brings one a second time ends its family."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("token_families.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        Index("refresh_tokens_family_id_idx", "family_id"),
        Index("refresh_tokens_expires_at_idx", "expires_at"),
    )


class RevokedToken(Model):
    """An access token that was taken back before its end; every process asks for them again and again."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(primary_key=True)
    revoked_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        Index("revoked_tokens_revoked_at_idx", "revoked_at"),
        Index("revoked_tokens_expires_at_idx", "expires_at"),
    )


class ClaimMapping(Model):
    """Whose account somebody else's issuer means: by one claim, such as `email` or `sub`.

    The value may be an address of mail: the log knows a mapping by its id, and of the value a salted digest.
    """

    __tablename__ = "claim_mappings"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    claim: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    id: Mapped[UUID] = mapped_column(unique=True, server_default=text("gen_random_uuid()"))
    salt: Mapped[bytes] = mapped_column(server_default=text("uuid_send(gen_random_uuid())"))  # for registry_events

    __table_args__ = (Index("claim_mappings_account_id_idx", "account_id"),)
