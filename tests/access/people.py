"""Whoever stands before the pages of the table: what they know, and the cookies that they have got so far."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import secrets, service
from routing_service.access.login import codes, cookies
from routing_service.access.login import service as login
from shared.keys.held import Keys
from shared.schema import Account
from tests.accounts import a_person
from tests.routing_service.access.browser import EMAIL, SECRET, an_app, quick_hash
from tests.routing_service.access.systems import FORM

Places = dict[str, dict[str, str]]
Headers = dict[str, str]

#: The cookie that ties a form to its browser, and what the form says of it.
_FORM = "f" * 43
_SAID = secrets.digest(_FORM).hex()


async def register(session: AsyncSession, keys: Keys, *, now: datetime) -> Places:
    """Somebody who has a password and an app of codes, in the middle of a log-in and after it, and one invited."""
    account = await a_person(session, email=EMAIL)
    proofs = {"password_hash": quick_hash(), "totp_secret": codes.sealed(keys, SECRET, account.id)}
    await session.execute(update(Account).where(Account.id == account.id).values(**proofs))
    invited = await service.create_person(session, service.PersonDraft("Tari", "tari@pusat.example", account.role))
    link = await service.invite(session, invited.id, by="operator:uji", now=now)
    await an_app(session)
    inside = await login.begin(session, account, [login.PASSWORD, login.CODE], now=now)
    return {
        "half-way": {"cookie": await login.begin(session, account, [login.PASSWORD], now=now)},
        "inside": {"cookie": inside, "secret": codes.sealed(keys, SECRET, inside).hex()},
        "invitation": {"token": link.token},
    }


def filled(place: Mapping[str, str], **fields: str) -> tuple[str, Headers]:
    """A page of ours that was filled in: what its form sends, and the cookies of its browser."""
    return urlencode({"form": _SAID} | fields), seen(place) | {"Content-Type": FORM}


def seen(place: Mapping[str, str]) -> Headers:
    sent = {cookies.FORM: _FORM} | ({cookies.LOG_IN: place["cookie"]} if "cookie" in place else {})
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in sent.items())}
