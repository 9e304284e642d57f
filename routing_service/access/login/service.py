"""How somebody logs in: a password opens one more step for ten minutes, and a second proof opens the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts import secrets
from routing_service.access.accounts import service as people
from routing_service.access.accounts.known import Known
from routing_service.access.login import codes, passkeys, passwords, queries
from shared.keys.held import Keys
from shared.schema import LoginSession, Passkey

STEP, WHOLE = timedelta(minutes=10), timedelta(hours=12)
PASSWORD, CODE, PASSKEY = "pwd", "otp", "hwk"  #: as RFC 8176 names them
LOGOUT = "logout"
#: So shortly after a log-in somebody may add to what they prove themselves by.
FRESH = timedelta(minutes=10)
MOST_PASSKEYS = 10


@dataclass(frozen=True, slots=True)
class LoggedIn:
    account: Known
    factors: list[str]
    at: datetime
    cookie: str = field(repr=False)
    invitation: bytes | None = field(default=None, repr=False)  #: the digest of the link that they are taking up

    @property
    def is_whole(self) -> bool:
        return self.factors != [PASSWORD]

    def may_add_proofs(self, now: datetime) -> bool:
        """Whoever logged in here, by two proofs, and just now: a page that was left open is not enough."""
        return self.is_whole and PASSWORD in self.factors and now - self.at < FRESH


async def by_password(session: AsyncSession, email: str, password: str) -> Known | None:
    """None: there is no such account, or it does not get in, or the password is wrong; each takes as long."""
    account = await accounts.account_of_login(session, email) if email and "\0" not in email else None
    right = await passwords.matches(password, account.password_hash if account else None)
    return account if account is not None and right and account.gets_in else None


async def begin(
    session: AsyncSession, account: Known, factors: list[str], *, now: datetime, invitation: bytes | None = None
) -> str:
    """The cookie."""
    cookie = secrets.new_token()
    ends = now + (STEP if factors == [PASSWORD] else WHOLE)
    row = {"cookie_hash": secrets.digest(cookie), "account_id": account.id, "epoch": account.epoch, "factors": factors}
    await queries.add_log_in(session, row | {"created_at": now, "expires_at": ends, "invitation_hash": invitation})
    return cookie


async def current(session: AsyncSession, cookie: str | None, *, now: datetime) -> LoggedIn | None:
    """None: nobody, or somebody who has been shut out since, or whose link was replaced or used."""
    found = await queries.log_in(session, secrets.digest(cookie), now=now) if cookie else None
    if cookie is None or found is None:
        return None
    account = await _whose(session, found, now)
    if account is None or account.epoch != found.epoch:
        return None
    return LoggedIn(account, found.factors, found.created_at, cookie, found.invitation_hash)


async def _whose(session: AsyncSession, found: LoginSession, now: datetime) -> Known | None:
    if found.invitation_hash is not None:
        account = await people.invited_by(session, found.invitation_hash, now=now)
        return account if account is not None and account.in_service else None
    account = await accounts.account(session, found.account_id)
    return account if account is not None and account.gets_in else None


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The second proof, as it is asked for: of those that somebody has, or to set one up."""

    logged_in: LoggedIn
    known: tuple[Passkey, ...]
    keys: Keys
    party: passkeys.RelyingParty

    @property
    def sets_up(self) -> bool:
        return self.logged_in.invitation is not None and not self.has_any

    @property
    def has_any(self) -> bool:
        return self.logged_in.account.totp_secret is not None or bool(self.known)

    async def proven(self, session: AsyncSession, form: Mapping[str, str], *, now: datetime) -> str | None:
        """By what; None: it is wrong. Raises Unavailable."""
        if credential := form.get("credential"):
            return await self._by_passkey(session, credential, now)
        return await self._by_code(session, form, now)

    async def _by_passkey(self, session: AsyncSession, credential: str, now: datetime) -> str | None:
        if self.sets_up:
            return PASSKEY if await self.adds_passkey(session, credential, now) else None
        used = passkeys.challenge_met(self.party, self.known, self.logged_in.cookie, credential)
        if used is not None:
            await queries.use_passkey(session, used[0], sign_count=used[1], now=now)
        return None if used is None else PASSKEY

    async def _by_code(self, session: AsyncSession, form: Mapping[str, str], now: datetime) -> str | None:
        if self.sets_up:
            return CODE if await self.sets_codes(session, form, now) else None
        account, secret = self.logged_in.account, self._kept()
        step = secret and codes.step_of(secret, form.get("code", ""), after=account.totp_step, now=now)
        return CODE if step and await queries.take_step(session, account.id, step) else None

    async def adds_passkey(self, session: AsyncSession, credential: str, now: datetime) -> bool:
        """False: it was not made for this page, or somebody has it already."""
        account = self.logged_in.account
        row = passkeys.made(self.party, account.id, self.moment, credential, now=now)
        return len(self.known) < MOST_PASSKEYS and row is not None and await queries.add_passkey(session, row)

    async def sets_codes(self, session: AsyncSession, form: Mapping[str, str], now: datetime) -> bool:
        """In place of those of before. False: the code is not of the secret that this page showed."""
        secret, account = self._offered(form), self.logged_in.account
        step = secret and codes.step_of(secret, form.get("code", ""), after=None, now=now)
        if not secret or not step:
            return False
        await queries.set_totp(session, account.id, codes.sealed(self.keys, secret, account.id), step=step)
        return True

    @property
    def moment(self) -> str:
        """What a passkey is made for: one that was made is no answer to the next question."""
        return f"{self.logged_in.cookie}|{len(self.known)}"

    def _kept(self) -> str | None:
        kept = self.logged_in.account.totp_secret
        return codes.opened(self.keys, kept, self.logged_in.account.id) if kept else None

    def _offered(self, form: Mapping[str, str]) -> str | None:
        """The secret that the page showed comes back with the code, sealed for this step alone."""
        try:
            return codes.opened(self.keys, bytes.fromhex(form.get("secret", "")), self.logged_in.cookie)
        except ValueError:
            return None


async def second_step(
    session: AsyncSession, logged_in: LoggedIn, keys: Keys, party: passkeys.RelyingParty, *, lock: bool = False
) -> SecondStep:
    """`lock`: two who set one up at once take turns."""
    if lock and (found := await accounts.account(session, logged_in.account.id, lock=True)) is not None:
        logged_in = replace(logged_in, account=found)
    return SecondStep(logged_in, tuple(await queries.passkeys(session, logged_in.account.id)), keys, party)


async def go_on(session: AsyncSession, logged_in: LoggedIn, factor: str, *, now: datetime) -> str | None:
    """The cookie that opens the rest; None: this step was answered already. Raises NotFound: the link is over."""
    if not await queries.end_log_in(session, secrets.digest(logged_in.cookie)):
        return None
    if logged_in.invitation is not None:
        await people.take_up(session, logged_in.invitation, now=now)
    return await begin(session, logged_in.account, [*logged_in.factors, factor], now=now)


async def log_out(session: AsyncSession, logged_in: LoggedIn, *, now: datetime) -> None:
    """Here and in every other browser; and whatever was given out to them anywhere ends."""
    await end_sessions(session, logged_in.account.id, now=now)


async def end_sessions(session: AsyncSession, account_id: str, *, now: datetime) -> None:
    """Every session at the pages, all tokens of apps, and the log-ins of every browser, which would open new ones."""
    await queries.end_log_ins(session, account_id)
    await queries.end_families(session, account_id, by=LOGOUT, now=now)
