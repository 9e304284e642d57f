"""Tells a person by mail what happened to their account: a further proof, another address, that they were shut out.

Triggers write down what is to be told (`account_notices`), whoever changed the account and by whatever way. The mail
names no link, so that nobody learns to follow one out of it.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from types import MappingProxyType

from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts.known import Known
from routing_service.access.mails import notice_queries as queries
from routing_service.access.mails.letters import text_of
from shared.database import Sessions
from shared.domain.accounts import NoticeKind
from shared.domain.wording import Wording, say
from shared.log.delivery import ATTEMPTS, backoff_seconds
from shared.mail import Absent, Addressee, Mailer, Refused, compose
from shared.schema import AccountNotice
from shared.settings import Settings

logger = logging.getLogger(__name__)

#: How long nobody else takes up what one has taken up; sending takes a fraction of it.
LEASE = timedelta(minutes=5)

_SUBJECT: Wording = ("Akun Anda berubah", "Your account has changed")
SAID: Mapping[NoticeKind, Wording] = MappingProxyType(
    {
        NoticeKind.TAKEN_UP: (
            "kata sandi dan faktor kedua akun ini ditentukan lewat tautan undangan",
            "a password and a second factor were set by the link of an invitation",
        ),
        NoticeKind.PASSWORD: ("kata sandi akun ini diganti", "the password was changed"),
        NoticeKind.CODES: (
            "kode sekali pakai akun ini kini berasal dari aplikasi lain",
            "one-time codes come from another app now",
        ),
        NoticeKind.PASSKEY: ("sebuah passkey ditambahkan", "a passkey was added"),
        NoticeKind.ELSEWHERE: (
            "akun ini kini juga dapat dimasuki lewat penyedia identitas lain",
            "somebody gets into this account by another issuer, too",
        ),
        NoticeKind.ADDRESS: (
            "alamat surel untuk masuk ke akun ini diganti",
            "the address to log in with was changed",
        ),
        NoticeKind.LOCKED: ("akun ini dikunci", "this account was locked"),
        NoticeKind.UNLOCKED: ("akun ini dibuka kembali", "this account was unlocked"),
        NoticeKind.DEACTIVATED: ("akun ini dinonaktifkan", "this account was deactivated"),
        NoticeKind.RESET: (
            "kata sandi dan faktor kedua akun ini dihapus, dan tautan untuk menentukannya kembali dibuat",
            "password and second factor were taken away, and a link to set them anew is made",
        ),
    }
)


async def send_one(sessions: Sessions, mailer: Mailer, settings: Settings, *, now: datetime) -> str | None:
    """What became of the one that is due longest; None: nothing is due that nobody else has. Raises Absent."""
    until = now + LEASE
    async with sessions.begin() as session:
        notice = await queries.claim_notice(session, now=now, until=until)
        if notice is None:
            return None
        account = await accounts.account(session, notice.account_id)
    attempts, outcome = notice.attempts, "told"
    try:
        await mailer.send(_letter(notice, account, settings))
    except Refused as refusal:
        attempts += 1
        if not refusal.for_good and attempts < ATTEMPTS:
            due_at = now + timedelta(seconds=backoff_seconds(attempts))
            await _put_off(sessions, notice, until, due_at, attempts)
            return "postponed"
        outcome = "untold"
        logger.warning("account notice not mailed", extra={"account": notice.account_id, "reply": str(refusal)})
    except Absent:
        await _put_off(sessions, notice, until, now + timedelta(minutes=1), attempts)
        raise
    async with sessions.begin() as session:
        await queries.settle_notice(session, notice.id, claimed=until)
    return outcome


async def _put_off(
    sessions: Sessions, notice: AccountNotice, claimed: datetime, due_at: datetime, attempts: int
) -> None:
    async with sessions.begin() as session:
        await queries.postpone_notice(session, notice.id, claimed=claimed, due_at=due_at, attempts=attempts)


def _letter(notice: AccountNotice, account: Known | None, settings: Settings) -> EmailMessage:
    """Raises Refused: nothing can be written to this address."""
    try:
        assert account is not None  # accounts stay
        to = Addressee(account.name, notice.email, account.language)
        at = f"{notice.created_at:%Y-%m-%d %H:%M} UTC"
        text = text_of(f"notice.{to.language.value}.txt")
        text = text.format(name=account.name, what=say(SAID[notice.kind], to.language), at=at)
        return compose(
            to, say(_SUBJECT, to.language), {"plain": text}, message_id=f"notice.{notice.id}",
            sender=settings.mail_from, at=notice.created_at,
        )  # fmt: skip
    except Exception as error:  # an address or a name that cannot be written is their trouble alone
        raise Refused(f"letter, {type(error).__name__}", 0, for_good=True) from error
