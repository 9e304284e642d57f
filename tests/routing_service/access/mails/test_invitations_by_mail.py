"""Links that go by mail: only the mail holds them, and one of them works."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import service as accounts
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.service import PersonDraft
from routing_service.access.mails import service
from routing_service.access.mails.letters import letter
from routing_service.access.mails.metrics import MailMetrics
from services.cli import accounts as command
from services.ports import free_port
from shared.clients import Role
from shared.database import Sessions
from shared.domain.accounts import InvitationKind
from shared.domain.wording import Language
from shared.errors import NotFound
from shared.log.delivery import ATTEMPTS
from shared.mail import Mailer
from shared.schema import Invitation, InvitationMail
from shared.settings import RoutingSettings
from tests.accounts import BY, an_officer
from tests.factories import NOON, settings
from tests.mailbox import Mailbox, plain, serving
from tests.routing_service.conftest import NOWHERE
from tests.routing_service.driving import OPERATOR, Office
from tests.waiting import PATIENCE_SECONDS

SENDER = "akun@lapor.example"
LINK = re.compile(r"https://masuk\.lapor\.example/oauth/invitations/(\S+)")
SECOND = timedelta(seconds=1)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving() as mailbox:
        yield mailbox


def sending(url: str) -> RoutingSettings:
    changes: dict[str, Any] = {"smtp_url": url, "mail_from": SENDER, "issuer": "https://masuk.lapor.example"}
    given: RoutingSettings = settings(NOWHERE, RoutingSettings, http_timeout_seconds=PATIENCE_SECONDS, **changes)
    return given


async def send(sessions: Sessions, url: str, now: datetime = NOON) -> dict[str, int]:
    return dict(await service.send(sessions, sending(url), now=now))


async def waiting(session: AsyncSession, email: str = "budi@x.example", **changes: Any) -> Known:
    """Somebody whose link waits for its mail."""
    made = await accounts.create_person(session, PersonDraft("Budi", email, Role.OPERATOR, **changes))
    account = await accounts.to_invite(session, made.id)
    await accounts.mail_link(session, account, InvitationKind.INVITE, by=BY, now=NOON)
    return account


async def somebody(sessions: Sessions, **changes: Any) -> Known:
    async with sessions.begin() as session:
        return await waiting(session, **changes)


def token(mail: EmailMessage) -> str:
    found = LINK.search(plain(mail))
    assert found is not None, plain(mail)
    return found[1]


async def lets_in(sessions: Sessions, mail: EmailMessage) -> bool:
    try:
        async with sessions() as session:
            await accounts.invited(session, token(mail), now=NOON + timedelta(hours=1))
    except NotFound:
        return False
    return True


async def queued(sessions: Sessions) -> list[InvitationMail]:
    async with sessions() as session:
        return list((await session.scalars(select(InvitationMail))).all())


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        (Language.ID, "[LAPOR!] Undangan untuk mulai memakai akun Anda", ("Yth. Budi", "satu kali, sampai")),
        (Language.EN, "[LAPOR!] Take up your account", ("Dear Budi", "works once, until")),
    ],
)
async def test_a_mail_brings_the_link_in_the_language_of_its_reader(
    sessions: Sessions, mailbox: Mailbox, language: Language, subject: str, words: tuple[str, ...]
) -> None:
    await somebody(sessions, language=language)

    assert await send(sessions, mailbox.url) == {"sent": 1}

    (mail,) = mailbox.mails
    assert (mail["Subject"].strip(), mail["From"].addresses[0].addr_spec) == (subject, SENDER)
    assert (mail["To"].addresses[0].addr_spec, mail["Content-Language"]) == ("budi@x.example", language.value)
    assert all(word in plain(mail) for word in (*words, f"{NOON + timedelta(days=7):%Y-%m-%d %H:%M} UTC"))
    assert await lets_in(sessions, mail)
    assert await queued(sessions) == []
    assert await send(sessions, mailbox.url) == {}


async def test_the_mail_of_a_reset_says_what_was_taken_away(sessions: Sessions, mailbox: Mailbox) -> None:
    async with sessions.begin() as session:
        made = await waiting(session)
        account = await accounts.to_reset(session, made.id)
        await accounts.mail_link(session, account, InvitationKind.RESET, by=BY, now=NOON)

    await send(sessions, mailbox.url)

    (mail,) = mailbox.mails
    assert "telah dihapus" in plain(mail)
    assert f"{NOON + timedelta(days=1):%Y-%m-%d %H:%M} UTC" in plain(mail)


async def test_before_the_mail_goes_out_there_is_no_link(sessions: Sessions, mailbox: Mailbox) -> None:
    await somebody(sessions)
    async with sessions() as session:
        assert (await session.scalars(select(Invitation))).all() == []

    await send(sessions, mailbox.url)

    async with sessions() as session:
        kept = str((await session.execute(text("SELECT i::text FROM invitations i"))).all())
    assert token(mailbox.mails[0]) not in kept


async def test_two_workers_at_once_send_each_mail_once(sessions: Sessions, mailbox: Mailbox) -> None:
    for number in range(6):
        await somebody(sessions, email=f"a{number}@x.example")

    outcomes = await asyncio.gather(*(send(sessions, mailbox.url) for _ in range(2)))

    assert sum(one.get("sent", 0) for one in outcomes) == 6
    assert sorted(mail["To"].addresses[0].username for mail in mailbox.mails) == [f"a{number}" for number in range(6)]
    assert [await lets_in(sessions, mail) for mail in mailbox.mails] == [True] * 6


async def test_whoever_is_killed_after_the_mail_leaves_a_second_one_with_a_newer_link(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    await somebody(sessions)
    claimed = await service.claim(sessions, now=NOON)
    assert claimed is not None
    assert claimed.made is not None
    async with Mailer(mailbox.url, timeout_seconds=PATIENCE_SECONDS) as mailer:
        message = letter(claimed.made, claimed.kind, issuer="https://masuk.lapor.example", sender=SENDER, at=NOON)
        await mailer.send(message)  # and is killed before it says so

    assert await send(sessions, mailbox.url, NOON + service.LEASE - SECOND) == {}
    assert await send(sessions, mailbox.url, NOON + service.LEASE) == {"sent": 1}

    first, second = mailbox.mails
    assert (await lets_in(sessions, first), await lets_in(sessions, second)) == (False, True)
    assert first["Message-ID"] != second["Message-ID"]


async def test_a_mail_that_was_asked_for_anew_while_one_goes_out_goes_out_too(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    account = await somebody(sessions)
    claimed = await service.claim(sessions, now=NOON)
    assert claimed is not None
    async with sessions.begin() as session:
        await accounts.mail_link(session, account, InvitationKind.INVITE, by=BY, now=NOON)
    assert claimed.made is not None
    async with sessions() as session:
        with pytest.raises(NotFound):
            await accounts.invited(session, claimed.made.token, now=NOON)

    assert await send(sessions, mailbox.url) == {"sent": 1}


async def test_without_a_server_nothing_is_made_and_no_attempt_is_counted(sessions: Sessions) -> None:
    await somebody(sessions)

    assert await send(sessions, f"smtp://127.0.0.1:{free_port()}") == {"absent": 1}

    (row,) = await queued(sessions)
    assert (row.attempts, row.due_at) == (0, NOON)
    async with sessions() as session:
        assert (await session.scalars(select(Invitation))).all() == []


async def test_a_server_that_goes_away_within_a_mail_is_asked_again_after_a_minute(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    await somebody(sessions)
    mailbox.to_data = "421 closing"

    assert await send(sessions, mailbox.url) == {"absent": 1}

    (row,) = await queued(sessions)
    assert (row.attempts, row.due_at) == (0, NOON + service.ABSENCE)
    mailbox.to_data = "250 OK"
    assert await send(sessions, mailbox.url, NOON + service.ABSENCE - SECOND) == {}
    assert await send(sessions, mailbox.url, NOON + service.ABSENCE) == {"sent": 1}


async def test_a_mail_that_is_refused_for_now_waits_longer_each_time_and_holds_up_nobody(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    await somebody(sessions, email="full@x.example")
    await somebody(sessions, email="free@x.example")
    mailbox.to_recipient["full@x.example"] = "452 full"

    assert await send(sessions, mailbox.url) == {"postponed": 1, "sent": 1}

    now, attempts = NOON, 1
    while (row := (await queued(sessions))[0]).due_at is not None:
        assert row.attempts == attempts
        assert row.due_at > now
        assert "x.example" not in (row.error or "")
        now, attempts = row.due_at, attempts + 1
        await send(sessions, mailbox.url, now)
    assert row.attempts == ATTEMPTS


async def test_an_address_that_is_refused_for_good_is_tried_once_until_somebody_invites_again(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    account = await somebody(sessions)
    mailbox.to_recipient["budi@x.example"] = "550 nobody"

    assert await send(sessions, mailbox.url) == {"parked": 1}
    metrics = CollectorRegistry()
    await MailMetrics(metrics).read(sessions)
    told = [metrics.get_sample_value("lapor_invitation_mails", {"state": state}) for state in ("waiting", "parked")]
    assert told == [0, 1]
    assert await send(sessions, mailbox.url, NOON + timedelta(days=1)) == {}

    mailbox.to_recipient.clear()
    async with sessions.begin() as session:
        await accounts.mail_link(session, account, InvitationKind.INVITE, by=BY, now=NOON)
    assert await send(sessions, mailbox.url) == {"sent": 1}


async def test_an_account_that_was_shut_out_meanwhile_gets_no_link(sessions: Sessions, mailbox: Mailbox) -> None:
    locked, deactivated = await somebody(sessions), await somebody(sessions, email="siti@x.example")
    async with sessions.begin() as session:
        await accounts.lock(session, locked.id)
        await accounts.deactivate(session, deactivated.id, now=NOON)

    assert await send(sessions, mailbox.url) == {"dropped": 1}
    assert mailbox.mails == []


async def test_a_link_that_is_handed_on_takes_back_the_mail(sessions: Sessions, mailbox: Mailbox) -> None:
    account = await somebody(sessions)
    async with sessions.begin() as session:
        await accounts.invite(session, account.id, by=BY, now=NOON)

    assert await send(sessions, mailbox.url) == {}


@pytest.fixture
async def told(office: Office, session: AsyncSession) -> list[tuple[str, Any]]:
    """The three requests that lead to a link."""
    body = {"name": "Dewi", "email": "dewi@pusat.example", "role": "identity_custodian"}
    officer_id = await an_officer(session, agency="SAMARINDA-DINKES")
    person = await accounts.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))
    return [
        ("/v1/accounts", body),
        (f"/v1/officers/{officer_id}/invitation", None),
        (f"/v1/accounts/{person.id}/reset", None),
    ]


async def answers(office: Office, told: list[tuple[str, Any]], **changes: Any) -> list[Any]:
    before = office.app.state.settings
    office.app.state.settings = settings(NOWHERE, RoutingSettings, **changes)
    try:
        made: list[httpx.Response] = [await office.http.post(path, json=body, headers=OPERATOR) for path, body in told]
    finally:
        office.app.state.settings = before
    assert [one.status_code for one in made] == [201, 201, 201]
    return [one.json() for one in made]


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_whoever_invites_by_mail_is_shown_no_link(
    office: Office, session: AsyncSession, told: list[tuple[str, Any]], environment: str
) -> None:
    made = await answers(office, told, smtp_url="smtp://mail.example", environment=environment)

    assert [(one["mailed"], one["link"], one["link_expires_at"]) for one in made] == [(True, None, None)] * 3
    rows = (await session.scalars(select(InvitationMail))).all()
    assert {(row.account_id, row.kind.value) for row in rows} == {
        (made[0]["id"], "invite"), (made[1]["id"], "invite"), (made[2]["id"], "reset"),
    }  # fmt: skip
    assert (await session.scalars(select(Invitation))).all() == []


async def test_without_a_mail_server_production_shows_no_link_and_development_does(
    office: Office, session: AsyncSession, told: list[tuple[str, Any]]
) -> None:
    hidden = await answers(office, told, environment="production")
    assert [(one["mailed"], one["link"]) for one in hidden] == [(False, None)] * 3
    assert (await session.scalars(select(Invitation))).all() == []

    shown = await answers(office, [*told[1:], told[1]], environment="development")
    assert all(one["link"] and not one["mailed"] for one in shown)
    assert (await session.scalars(select(InvitationMail))).all() == []


async def test_a_command_mails_the_link_where_it_is_told_a_server_and_shows_it_otherwise(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await accounts.create_person(session, PersonDraft("Budi", "budi@x.example", Role.OPERATOR))

    monkeypatch.delenv("LAPOR_SMTP_URL", raising=False)
    command.show(await command.hand_over(session, made, InvitationKind.INVITE), as_json=True)
    shown = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("LAPOR_SMTP_URL", "smtp://mail.example")
    command.show(await command.hand_over(session, made, InvitationKind.INVITE), as_json=True)
    mailed = json.loads(capsys.readouterr().out)

    assert "/oauth/invitations/" in shown["link"]
    assert mailed == {"account": made.id, "mailed": True}
    with pytest.raises(NotFound):  # the newer one replaces it before it is made
        await accounts.invited(session, shown["link"].rpartition("/")[2], now=NOON)
