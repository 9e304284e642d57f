"""What people are told of their accounts: by mail, whoever changed the account and by whatever way."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import secrets
from routing_service.access.accounts import service as accounts
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.service import PersonDraft
from routing_service.access.mails import notices
from shared.clients import Role
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.accounts import NoticeKind
from shared.domain.wording import Language
from shared.log.delivery import ATTEMPTS
from shared.mail import Mailer
from tests.accounts import BY, an_officer
from tests.mailbox import Mailbox, plain, serving
from tests.routing_service.access.mails.test_invitations_by_mail import send, sending
from tests.waiting import PATIENCE_SECONDS

MINUTE = timedelta(minutes=1)
SEALED = "UPDATE accounts SET totp_secret = '\\x01', totp_step = 1 WHERE id = :id"
PASSKEY = "INSERT INTO passkeys VALUES ('\\x01', :id, '\\x02', 0, 'passkey', now())"
MAPPING = "INSERT INTO claim_mappings (issuer, claim, value, account_id) VALUES ('https://x', 'sub', 'y', :id)"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving() as mailbox:
        yield mailbox


async def kinds(session: AsyncSession) -> list[tuple[str, str]]:
    rows = await session.execute(text("DELETE FROM account_notices RETURNING kind, email"))
    return sorted((row.kind, row.email) for row in rows)


async def budi(session: AsyncSession) -> Known:
    """Who has just taken up his account, by a link and two proofs."""
    made = await accounts.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    now = utc_now()
    link = await accounts.invite(session, made.id, by=BY, now=now)
    await accounts.choose_password(session, link.token, password_hash="h", now=now)
    await session.execute(text(SEALED), {"id": made.id})
    return await accounts.take_up(session, secrets.digest(link.token), now=now)


async def test_taking_an_account_up_is_told_once(session: AsyncSession) -> None:
    await budi(session)

    assert await kinds(session) == [("taken_up", "budi@x.example")]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE accounts SET totp_secret = '\\x03' WHERE id = :id", "codes"),
        ("UPDATE accounts SET password_hash = 'other' WHERE id = :id", "password"),
        (PASSKEY, "passkey"),
        (MAPPING, "elsewhere"),
        ("UPDATE accounts SET state = 'locked' WHERE id = :id", "locked"),
        ("UPDATE accounts SET totp_step = 9, epoch = epoch + 1, scopes = '{x}' WHERE id = :id", None),
        ("UPDATE accounts SET password_hash = password_hash, totp_secret = totp_secret WHERE id = :id", None),
    ],
)
async def test_each_further_proof_is_told_and_nothing_else(
    session: AsyncSession, statement: str, told: str | None
) -> None:
    account = await budi(session)
    await kinds(session)

    await session.execute(text(statement), {"id": account.id})

    assert await kinds(session) == ([(told, "budi@x.example")] if told else [])


async def test_being_shut_out_and_let_in_is_told(session: AsyncSession) -> None:
    account = await budi(session)
    await kinds(session)
    told = []

    for step in (accounts.lock, accounts.unlock, accounts.to_reset):
        await step(session, account.id)
        told += await kinds(session)
    await accounts.deactivate(session, account.id, now=utc_now())

    assert [kind for kind, _ in told + await kinds(session)] == ["locked", "unlocked", "reset", "deactivated"]


async def test_of_another_address_both_are_told(session: AsyncSession) -> None:
    officer_id: UUID = await an_officer(session, email="lama@x.example")
    account = await accounts.account_for_officer(session, officer_id)
    await session.execute(text("UPDATE accounts SET state = 'active' WHERE id = :id"), {"id": account.id})
    await kinds(session)

    await session.execute(text("UPDATE officers SET email = 'baru@x.example' WHERE id = :id"), {"id": officer_id})

    assert await kinds(session) == [("address", "baru@x.example"), ("address", "lama@x.example")]


async def test_a_system_is_told_nothing(session: AsyncSession) -> None:
    await session.execute(
        text(
            "INSERT INTO accounts (id, kind, role, state, email) VALUES ('s', 'system', 'channel', 'active', 'a@x.id')"
        )
    )
    await session.execute(text("UPDATE accounts SET state = 'locked', email = 'b@x.id' WHERE id = 's'"))

    assert await kinds(session) == []


async def somebody_locked(sessions: Sessions, language: Language = Language.ID) -> None:
    draft = PersonDraft("Budi", "budi@x.example", Role.OPERATOR, language=language)
    async with sessions.begin() as session:
        account = await accounts.create_person(session, draft)
        await accounts.lock(session, account.id)


@pytest.mark.parametrize(
    ("language", "words"),
    [(Language.ID, ("Yth. Budi", "akun ini dikunci")), (Language.EN, ("Dear Budi", "this account was locked"))],
)
async def test_a_mail_says_what_happened_and_leads_nowhere(
    sessions: Sessions, mailbox: Mailbox, language: Language, words: tuple[str, str]
) -> None:
    await somebody_locked(sessions, language)

    assert await send(sessions, mailbox.url, utc_now() + MINUTE) == {"told": 1}

    (mail,) = mailbox.mails
    assert all(word in plain(mail) for word in words)
    assert "://" not in plain(mail)
    assert (mail["To"].addresses[0].addr_spec, mail["Content-Language"]) == ("budi@x.example", language.value)
    assert await send(sessions, mailbox.url, utc_now() + MINUTE) == {}


async def test_what_the_server_does_not_take_is_tried_again_and_given_up_at_last(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    await somebody_locked(sessions)
    mailbox.to_recipient["budi@x.example"] = "452 full"
    outcomes: list[str] = []

    async with Mailer(mailbox.url, timeout_seconds=PATIENCE_SECONDS) as mailer:
        now = utc_now() + MINUTE
        for _ in range(ATTEMPTS):
            async with sessions.begin() as session:
                await session.execute(text("UPDATE account_notices SET due_at = :now"), {"now": now})
            outcomes.append(str(await notices.send_one(sessions, mailer, sending(mailbox.url), now=now)))

    assert outcomes == ["postponed"] * (ATTEMPTS - 1) + ["untold"]
    async with sessions.begin() as session:
        assert await kinds(session) == []


async def test_what_waited_for_a_server_for_three_days_is_not_told(sessions: Sessions, mailbox: Mailbox) -> None:
    await somebody_locked(sessions)

    assert await send(sessions, mailbox.url, utc_now() + timedelta(days=3) + MINUTE) == {}
    assert await send(sessions, mailbox.url, utc_now() + timedelta(days=3) - MINUTE) == {"told": 1}


def test_every_kind_has_its_words() -> None:
    assert notices.SAID.keys() == set(NoticeKind)
