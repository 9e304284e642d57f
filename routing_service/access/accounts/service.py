"""People: how they are invited, take up their account, and are shut out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, secrets
from routing_service.access.accounts.known import Known
from shared import ids
from shared.clients import AGENCY_ROLES, Role
from shared.domain.accounts import AccountKind, AccountState, InvitationKind
from shared.domain.wording import Language
from shared.errors import Conflict, Invalid, NotFound
from shared.http.tokens import SUBJECT

#: How long a link works.
GOOD_FOR = {InvitationKind.INVITE: timedelta(days=7), InvitationKind.RESET: timedelta(days=1)}
#: Of people who are no officers of the registry: the ladder never reaches them.
ROLES = frozenset({Role.OPERATOR, Role.IDENTITY_CUSTODIAN, Role.SUPERVISOR, Role.NATIONAL_ADMIN})
#: Those who are: who has another role there is told, and never logs in.
OFFICER_ROLES = AGENCY_ROLES | {Role.NATIONAL_ADMIN, Role.SUPERVISOR}


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """Of somebody who is no officer."""

    name: str
    email: str
    role: Role
    id: str | None = None  #: None: one is made up
    agency: str | None = None  #: of a supervisor who sees what lies in its region, and no more
    scopes: tuple[str, ...] = ()
    language: Language = Language.ID


@dataclass(frozen=True, slots=True)
class Invited:
    """`token` is shown once, in the link."""

    account: Known
    token: str = field(repr=False)
    expires_at: datetime

    def link(self, issuer_url: str) -> str:
        """Of the page where the account is taken up."""
        return f"{issuer_url}/oauth/invitations/{self.token}"


async def create_person(session: AsyncSession, draft: PersonDraft) -> Known:
    """In the state `invited`. Raises Invalid, Conflict."""
    if draft.role not in ROLES:
        raise Invalid(
            f"A {draft.role.value} is an officer of the registry; register them there and invite them.",
            pointer="/role",
            code="role_of_officers",
        )
    if draft.agency is not None:
        await _check_agency(session, draft.role, draft.agency)
    values = {"role": draft.role.value, "agency_code": draft.agency, "name": draft.name, "email": draft.email}
    account_id = draft.id or str(ids.new_id())
    await _add(session, account_id, values | {"scopes": sorted(draft.scopes), "language": draft.language})
    return await the_person(session, account_id)


async def account_for_officer(session: AsyncSession, officer_id: UUID, *, scopes: tuple[str, ...] = ()) -> Known:
    """The account of an officer of the registry, made where they have none. Raises NotFound, Invalid, Conflict."""
    officer = await queries.lock_officer(session, officer_id)
    if officer is None:
        raise NotFound(f"There is no officer {officer_id}.")
    found = await queries.account_of_officer(session, officer_id, lock=True)
    if found is not None:
        return found
    if officer.role.value not in OFFICER_ROLES:
        raise Invalid(
            f"A {officer.role.value} is told of reports and logs in nowhere.",
            pointer="/role",
            code="role_without_login",
        )
    if not officer.active:
        raise Conflict("This officer is out of service; put them into service first.", code="officer_inactive")
    # What they did before they had an account goes by that subject.
    subject = officer.subject
    keeps = subject is not None and SUBJECT.fullmatch(subject) and not await queries.exists(session, subject)
    account_id = subject if subject is not None and keeps else str(ids.new_id())
    values = {"officer_id": officer_id, "email": officer.email, "language": officer.language}
    await _add(session, account_id, values | {"scopes": sorted(scopes)})
    if subject != account_id:
        await queries.set_subject(session, officer_id, account_id)
    return await the_person(session, account_id)


async def to_invite(session: AsyncSession, account_id: str) -> Known:
    """Whom a link may be made for, by hand or by mail. Raises NotFound, Conflict."""
    account = await the_person(session, account_id, lock=True)
    if account.state is not AccountState.INVITED:
        raise Conflict("This account was taken up already; reset it to send a new link.", code="account_taken_up")
    return account


async def to_reset(session: AsyncSession, account_id: str) -> Known:
    """Take away all proofs and end all tokens; a link then sets new proofs. Opens what was locked or deactivated.

    Raises NotFound.
    """
    await the_person(session, account_id, lock=True)
    await _shut_out(session, account_id, AccountState.INVITED, keep_proofs=False)
    return await the_person(session, account_id)


async def invite(session: AsyncSession, account_id: str, *, by: str, now: datetime) -> Invited:
    """A link to take up an account; earlier ones work no more. `by`: role:sub. Raises NotFound, Conflict."""
    account = await to_invite(session, account_id)
    return await hand_link(session, account, InvitationKind.INVITE, by=by, now=now)


async def reset(session: AsyncSession, account_id: str, *, by: str, now: datetime) -> Invited:
    """Shut out, and make a link to set new proofs. Raises NotFound."""
    account = await to_reset(session, account_id)
    return await hand_link(session, account, InvitationKind.RESET, by=by, now=now)


async def hand_link(session: AsyncSession, account: Known, kind: InvitationKind, *, by: str, now: datetime) -> Invited:
    """For whoever hands it on. The account's row is locked already."""
    await end_links(session, account.id, now=now)
    return await make_link(session, account, kind, by=by, now=now)


async def mail_link(session: AsyncSession, account: Known, kind: InvitationKind, *, by: str, now: datetime) -> None:
    """A link that nobody has before its mail goes out. The account's row is locked already."""
    await end_links(session, account.id, now=now)
    row = {"account_id": account.id, "kind": kind, "created_by": by, "created_at": now, "due_at": now}
    await queries.ask_for_mail(session, row)


async def end_links(session: AsyncSession, account_id: str, *, now: datetime) -> None:
    """The one that waits for its mail, and then those that are out: a link that is being made is one of them."""
    await queries.take_back_mail(session, account_id)
    await queries.end_invitations(session, account_id, now=now)


async def make_link(session: AsyncSession, account: Known, kind: InvitationKind, *, by: str, now: datetime) -> Invited:
    """Earlier ones work no more."""
    await queries.end_invitations(session, account.id, now=now)
    made = Invited(account, secrets.new_token(), now + GOOD_FOR[kind])
    row = {"token_hash": secrets.digest(made.token), "account_id": account.id, "kind": kind, "created_by": by}
    await queries.add_invitation(session, row | {"created_at": now, "expires_at": made.expires_at})
    return made


async def invited(session: AsyncSession, token: str, *, now: datetime) -> Known:
    """Whom a link invites. Raises NotFound: it is unknown, used or over, and that is not told apart."""
    account = await invited_by(session, secrets.digest(token), now=now)
    if account is None:
        raise _no_link()
    return account


async def invited_by(session: AsyncSession, token_hash: bytes, *, now: datetime) -> Known | None:
    found = await queries.invitation(session, token_hash, now=now)
    account = None if found is None else await queries.account(session, found.account_id)
    return account if account is not None and account.state is AccountState.INVITED else None


async def choose_password(session: AsyncSession, token: str, *, password_hash: str, now: datetime) -> Known:
    """The first half of taking an account up. It stays shut, and its link good, until there is a second proof, too:
    who chose a password before, by the same link, cannot go on. Raises NotFound.
    """
    found = await invited(session, token, now=now)
    account = await the_person(session, found.id, lock=True)
    await invited(session, token, now=now)
    values = {"password_hash": password_hash, "epoch": account.epoch + 1}
    await queries.change_account(session, account.id, values)
    return await the_person(session, account.id)


async def take_up(session: AsyncSession, token_hash: bytes, *, now: datetime) -> Known:
    """The second half: the account opens, and its link is used.

    Raises NotFound: the link is unknown, used or over, or the account was shut out meanwhile.
    """
    account_id = await queries.use_invitation(session, token_hash, now=now)
    account = None if account_id is None else await queries.account(session, account_id, lock=True)
    if account is None or account.state is not AccountState.INVITED:
        raise _no_link()
    await queries.change_account(session, account.id, {"state": AccountState.ACTIVE})
    return await the_person(session, account.id)


async def lock(session: AsyncSession, account_id: str) -> Known:
    """Shut out until somebody unlocks it: people and systems. Raises NotFound, Conflict."""
    account = await the_account(session, account_id, lock=True)
    if account.state is AccountState.DEACTIVATED:
        raise Conflict("This account is deactivated; there is nothing to lock.", code="account_deactivated")
    if account.state is not AccountState.LOCKED:
        await _shut_out(session, account_id, AccountState.LOCKED)
    return await the_account(session, account_id)


async def unlock(session: AsyncSession, account_id: str) -> Known:
    """Raises NotFound, Conflict."""
    account = await the_account(session, account_id, lock=True)
    if account.state is AccountState.DEACTIVATED:
        raise Conflict("This account is deactivated; reset it to open it again.", code="account_deactivated")
    if account.state is AccountState.LOCKED:
        await queries.change_account(session, account_id, {"state": await _open_state(session, account)})
    return await the_account(session, account_id)


async def deactivate(session: AsyncSession, account_id: str, *, now: datetime) -> Known:
    """Shut out for good, with no link left that would work: people and systems. Raises NotFound."""
    account = await the_account(session, account_id, lock=True)
    if account.state is not AccountState.DEACTIVATED:
        await end_links(session, account_id, now=now)
        await _shut_out(session, account_id, AccountState.DEACTIVATED)
    return await the_account(session, account_id)


async def end_tokens(session: AsyncSession, account_id: str) -> None:
    """What was given out so far is refused in every copy within seconds. The account's row is locked already."""
    account = await the_account(session, account_id)
    await queries.change_account(session, account_id, {"epoch": account.epoch + 1})


async def the_account(session: AsyncSession, account_id: str, *, lock: bool = False) -> Known:
    """Raises NotFound."""
    found = await queries.account(session, account_id, lock=lock)
    if found is None:
        raise NotFound(f"There is no account {account_id}.")
    return found


async def the_person(session: AsyncSession, account_id: str, *, lock: bool = False) -> Known:
    """Raises NotFound."""
    found = await the_account(session, account_id, lock=lock)
    if found.kind is not AccountKind.PERSON:
        raise NotFound(f"There is no account {account_id} of a person.")
    return found


async def _add(session: AsyncSession, account_id: str, values: dict[str, object]) -> None:
    row = {"id": account_id, "kind": AccountKind.PERSON, "state": AccountState.INVITED} | values
    if await queries.add_account(session, row):
        return
    if await queries.exists(session, account_id):
        raise Conflict(f"There is an account {account_id} already; choose another id.", code="account_exists")
    raise Conflict(
        "Somebody logs in with this address of mail already; every account has one of its own.", code="email_taken"
    )


async def _shut_out(session: AsyncSession, account_id: str, state: AccountState, *, keep_proofs: bool = True) -> None:
    account = await the_account(session, account_id)
    values: dict[str, object] = {"state": state, "epoch": account.epoch + 1}
    if not keep_proofs:
        values |= {"password_hash": None, "totp_secret": None, "totp_step": None}
        await queries.forget_proofs(session, account_id)
    await queries.change_account(session, account_id, values)


async def _open_state(session: AsyncSession, account: Known) -> AccountState:
    """Of whoever never set a second proof the link is good still, and a password alone opens nothing."""
    if account.kind is AccountKind.SYSTEM:
        return AccountState.ACTIVE
    proven = account.totp_secret is not None or await queries.has_passkey(session, account.id)
    return AccountState.ACTIVE if proven else AccountState.INVITED


async def _check_agency(session: AsyncSession, role: Role, agency: str) -> None:
    """Raises Invalid."""
    if role is not Role.SUPERVISOR:
        raise Invalid(f"A {role.value} belongs to no agency.", pointer="/agency", code="role_is_national")
    if not await queries.agency_in_service(session, agency):
        raise no_agency(agency)


def no_agency(agency: str) -> Invalid:
    return Invalid(f"No agency {agency} is in service.", pointer="/agency", code="unknown_agency")


def _no_link() -> NotFound:
    return NotFound("This link does not work: it was used, replaced or is over. Ask for a new one.", code="link_over")
