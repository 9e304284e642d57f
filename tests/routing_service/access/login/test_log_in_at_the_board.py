"""From a log-in to the pages of officers: the cookie, what it opens, and how it ends."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from routing_service.access.board import service as board
from routing_service.access.login import cookies
from routing_service.access.login import service as login
from shared.clients import Role
from shared.clock import utc_now
from shared.domain.accounts import AccountState
from shared.http import sessions
from shared.http.kinds import ACCESS, SESSION
from shared.http.standings import Picture
from shared.http.tokens import Signer
from shared.keys.purposes import KeyPurpose
from shared.schema import Account, Agency, Officer, TokenFamily
from tests.accounts import ISSUER
from tests.factories import RING, bearer, token
from tests.routing_service.access.browser import EMAIL, PASSWORD, Browser, sari

BOARD = "/oauth/login?next=%2Fboard"
INSIDE = "There is no page for your role yet"  #: what a head of a page says to who is in


@pytest.fixture
async def picture(app: FastAPI) -> AsyncIterator[Picture]:
    """What the registry says, read anew by `catch_up`: as every service has it."""
    kept = app.state.tokens.standings
    found = Picture(lambda: app.state.jobs, CollectorRegistry())
    app.state.tokens.standings = found
    yield found
    app.state.tokens.standings = kept


async def inside(browser: Browser, session: AsyncSession, app: FastAPI) -> str:
    """Sari has logged in; her cookie."""
    browser.clock.now = utc_now()  # a signed token has no other time
    await sari(session, app)
    await browser.logs_in(await browser.http.get(BOARD))
    return browser.http.cookies["lapor_session"]


async def is_in(browser: Browser) -> bool:
    page = await browser.http.get("/board")
    assert page.status_code in (200, 303)
    return not page.headers.get("location", "").startswith("http://127.0.0.1:8002/oauth/login")


async def test_a_password_and_a_second_proof_open_the_pages_that_were_asked_for(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    browser.clock.now = utc_now()
    await sari(session, app)

    asked = await browser.http.get("/board")
    second = await browser.fill(await browser.http.get(BOARD), email=EMAIL, password=PASSWORD)
    half_way = "lapor_session" in browser.http.cookies
    inside = await browser.fill(await browser.follow(second), code=browser.code())

    assert asked.headers["location"] == "http://127.0.0.1:8002/oauth/login?next=%2Fboard"
    assert not half_way  # a password alone opens nothing
    assert inside.headers["location"] == "http://127.0.0.1:8002/board"
    assert await is_in(browser)


async def test_the_cookie_is_for_this_host_and_no_script_and_ends_with_the_working_day(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    value = await inside(browser, session, app)
    family = (await session.scalars(select(TokenFamily))).one()

    assert family.client_id is None
    assert family.expires_at - family.created_at == timedelta(hours=8)
    assert value not in str(vars(family))
    page = await browser.http.get(BOARD)  # logged in still: at once to the page, with a cookie of its own
    said = next(one for one in page.headers.get_list("set-cookie") if one.startswith("lapor_session="))
    assert re.search(r"HttpOnly; Path=/; SameSite=lax$", said)


def test_in_production_no_neighbour_plants_a_cookie() -> None:
    assert sessions.cookie_name("lapor_session", secure=True) == "__Host-lapor_session"
    assert sessions.cookie_kind(secure=True) == {"path": "/", "httponly": True, "samesite": "lax", "secure": True}
    assert sessions.value_of("lapor_session=planted", secure=True) is None
    assert sessions.value_of("__Host-lapor_session=ours; lapor_session=planted", secure=True) == "ours"


async def test_a_log_in_makes_a_new_session_whatever_was_there_before(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    planted = ISSUER.mint(Role.SUPERVISOR, sub="mallory", kind=SESSION, epoch=0, sid="x")
    browser.http.cookies.set("lapor_session", planted, domain="routing.local", path="/")

    value = await inside(browser, session, app)

    assert value != planted
    assert await is_in(browser)


async def test_eight_hours_after_the_proof_somebody_proves_themselves_anew(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    await inside(browser, session, app)
    began = browser.clock.now

    browser.clock.now = began + timedelta(hours=7, minutes=59)
    before = await browser.http.get(BOARD)
    browser.clock.now = began + timedelta(hours=8)
    after = await browser.http.get(BOARD)

    assert before.status_code == 303
    assert 'name="password"' in after.text  # the log-in of the issuer would have lasted four hours more
    assert board.seconds_left(began, began + timedelta(hours=7, minutes=59)) == 60
    assert board.seconds_left(began, began + timedelta(hours=9)) == 0


@pytest.mark.parametrize("change", ["locked", "dismissed", "moved", "reset", "agency"])
async def test_a_dismissal_acts_at_once(
    change: str, session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    await inside(browser, session, app)
    assert await is_in(browser)

    if change == "locked":
        await session.execute(update(Account).values(state=AccountState.LOCKED))
    elif change == "reset":
        await session.execute(update(Account).values(epoch=Account.epoch + 1))
    elif change == "dismissed":
        await session.execute(update(Officer).values(active=False))
    elif change == "agency":
        await session.execute(update(Agency).where(Agency.code == "SAMARINDA-PU").values(active=False))
    else:
        await session.execute(update(Officer).values(agency_code="SAMARINDA-DINKES"))
    await picture.refresh()

    assert not await is_in(browser)


async def test_whoever_logs_out_anywhere_is_out_in_every_service_and_stays_so(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    value = await inside(browser, session, app)
    page = await browser.http.get("/board/inbox")
    form = re.search(
        r'action="http://127.0.0.1:8002/oauth/logout[^>]+><input type="hidden" name="form" value="(\w+)"', page.text
    )
    assert form is not None
    answer = await browser.http.post("/oauth/logout", data={"form": form[1]})
    gone = not {"lapor_session", "lapor_login"} & set(browser.http.cookies)

    browser.http.cookies.set("lapor_session", value, domain="routing.local", path="/")  # somebody has kept it
    await picture.refresh()
    ended = await is_in(browser)
    await session.execute(update(TokenFamily).values(ended_at=text("now() - interval '7 hours'")))
    fresh = Picture(lambda: app.state.jobs, CollectorRegistry())  # of a process that has started since
    await fresh.refresh()
    app.state.tokens.standings = fresh

    assert answer.status_code == 200
    assert gone
    assert (ended, await is_in(browser)) == (False, False)


async def test_whoever_logs_out_is_out_in_their_other_browsers_too(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    await inside(browser, session, app)
    account = (await session.scalars(select(Account.id).where(Account.email == EMAIL))).one()
    known = await accounts.account(session, account)
    assert known is not None
    other = await login.begin(session, known, [login.PASSWORD, login.CODE], now=browser.clock.now)

    await browser.fill(await browser.http.get("/oauth/login"))  # the form of that page logs out
    browser.http.cookies.set("lapor_login", other, domain="routing.local", path="/")
    page = await browser.http.get(BOARD)

    assert page.status_code == 200
    assert 'name="password"' in page.text


async def test_nobody_is_logged_out_by_another_site(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    await inside(browser, session, app)

    answer = await browser.http.post("/oauth/logout", data={"form": "0" * 64})

    assert answer.status_code == 400
    assert await is_in(browser)


async def test_a_session_is_no_token_and_a_token_no_session(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    value = await inside(browser, session, app)

    by_session = await browser.http.get("/v1/reports", headers={"Authorization": f"Bearer {value}"})
    by_cookie = await browser.http.get("/v1/reports")  # and the API never looks at cookies
    by_token = await browser.http.get("/board", headers=bearer(Role.OPERATOR) | {"Cookie": ""})
    told = await browser.http.post("/oauth/introspect", data={"token": value})

    assert (by_session.status_code, by_session.json()["code"]) == (401, "invalid_token")
    assert by_cookie.status_code == 401
    assert by_token.status_code == 303
    assert told.status_code in (401, 403)


@pytest.mark.parametrize("what", ["token", "another key", "service", "expired", "changed", "audience", "odd"])
async def test_what_was_not_signed_as_a_session_opens_nothing(what: str, app: FastAPI, http: httpx.AsyncClient) -> None:
    good = token(Role.OPERATOR)
    signer = Signer(lambda: RING.current(KeyPurpose.DEVELOPMENT))
    values = {
        "token": good,
        "another key": Signer(lambda: RING.current(KeyPurpose.LOG)).mint(Role.OPERATOR, sub="x", kind=SESSION),
        "service": Signer(lambda: RING.current(KeyPurpose.SERVICE)).mint(Role.SERVICE, sub="routing", kind=SESSION),
        "expired": signer.mint(Role.OPERATOR, sub="x", kind=SESSION, seconds=-1),
        "changed": signer.mint(Role.OPERATOR, sub="x", kind=SESSION)[:-4] + "AAAA",
        "audience": signer.mint(Role.OPERATOR, sub="x", kind=SESSION, aud=ACCESS.audience),
        "odd": "x; y",
    }

    refused = await http.get("/board", headers={"Cookie": f"lapor_session={values[what]}"})
    taken = await http.get(
        "/board", headers={"Cookie": f"lapor_session={signer.mint(Role.OPERATOR, sub='x', kind=SESSION)}"}
    )

    assert refused.headers.get("location", "").startswith("http://127.0.0.1:8002/oauth/login")
    assert not taken.headers.get("location", "").startswith("http://127.0.0.1:8002/oauth/login")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example", "//evil.example/board", "/board@evil.example", "/board\\evil", "/board//evil.example",
        "/board/..", "/board/../v1", "/boardx", "/board?x=<script>", "/board\nLocation: x", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_a_log_in_leads_to_no_other_host(
    elsewhere: str, session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    browser.clock.now = utc_now()
    await sari(session, app)

    page = await browser.logs_in(await browser.http.get("/oauth/login", params={"next": elsewhere}))

    assert "You are logged in" in page.text or "Anda sudah masuk" in page.text


async def test_a_session_has_no_scope_that_only_programs_use(
    session: AsyncSession, app: FastAPI, browser: Browser, picture: Picture
) -> None:
    browser.clock.now = utc_now()
    account = await sari(session, app)
    scopes = ["reports:import", "registry:manage"]
    await session.execute(update(Account).where(Account.id == account.id).values(scopes=scopes))
    await browser.logs_in(await browser.http.get(BOARD))

    await picture.refresh()
    client = app.state.tokens.verify(browser.http.cookies["lapor_session"], SESSION)

    assert client.scopes == {"registry:manage"}
    assert cookies.SESSION == "lapor_session"
