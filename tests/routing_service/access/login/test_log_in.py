"""People log in: a password, then a code, and nothing of it needs a script."""

import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import service as accounts
from routing_service.access.login import codes, passwords
from routing_service.access.login import service as log_ins
from shared.domain.accounts import AccountState, InvitationKind
from shared.schema import Account, LoginSession
from tests.accounts import BY
from tests.factories import NOON
from tests.routing_service.access.browser import EMAIL, PASSWORD, SECRET, Browser, sari, sari_invited

WRONG = "The mail address or the password is wrong, or the account cannot be used."


@pytest.fixture(autouse=True)
def in_english(http: httpx.AsyncClient) -> None:
    http.headers["Accept-Language"] = "en"


async def test_a_password_and_a_code_log_somebody_in(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    await sari(session, app)

    page = await browser.logs_in(await browser.http.get("/oauth/login"))

    assert page.status_code == 200
    assert EMAIL in page.text
    assert "You are logged in" in page.text


async def test_a_password_alone_opens_nothing(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    await sari(session, app)

    await browser.fill(await browser.http.get("/oauth/login"), email=EMAIL, password=PASSWORD)
    page = await browser.http.get("/oauth/login")

    assert "Log in to LAPOR!" in page.text


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), ("nobody@x.example", PASSWORD), ("", ""), (EMAIL, ""), ("\x00", "x"), (EMAIL, "x" * 5000)],
)
async def test_a_wrong_password_and_an_unknown_account_are_told_the_same(
    email: str, password: str, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)

    answer = await browser.fill(await browser.http.get("/oauth/login"), email=email, password=password)

    assert answer.status_code in (400, 401)
    assert answer.status_code == 400 or WRONG in answer.text
    assert (await session.scalar(select(func.count()).select_from(LoginSession))) == 0


def test_a_password_is_kept_as_argon2id_that_costs_64_mib_and_three_passes(hasher: PasswordHash) -> None:
    assert hasher.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_an_unknown_account_costs_a_password_as_well(
    session: AsyncSession, app: FastAPI, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same work: each is compared with a hash, of which there is always one."""
    compared: list[str] = []
    verify = passwords._hasher.verify

    def counting(password: str, hash: str) -> bool:
        compared.append(hash)
        return verify(password, hash)

    monkeypatch.setattr(passwords._hasher, "verify", counting)
    await sari(session, app)

    for email in (EMAIL, "nobody@x.example"):
        await browser.fill(await browser.http.get("/oauth/login"), email=email, password="wrong")

    assert len(compared) == 2
    assert compared[0] != compared[1]


@pytest.mark.parametrize("state", [AccountState.LOCKED, AccountState.DEACTIVATED, AccountState.INVITED])
async def test_who_is_shut_out_is_told_the_same(
    state: AccountState, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    await session.execute(update(Account).values(state=state))

    answer = await browser.fill(await browser.http.get("/oauth/login"), email=EMAIL, password=PASSWORD)

    assert (answer.status_code, WRONG in answer.text) == (401, True)


async def test_the_name_to_log_in_with_may_be_in_capitals(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)

    answer = await browser.fill(await browser.http.get("/oauth/login"), email=EMAIL.upper(), password=PASSWORD)

    assert answer.status_code == 303


async def test_no_code_is_taken_twice_nor_one_before_it(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    await sari(session, app)
    await browser.logs_in(await browser.http.get("/oauth/login"))

    for steps in (0, -1):
        browser.http.cookies.clear()
        page = await browser.http.get("/oauth/login")
        second = await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))
        answer = await browser.fill(second, code=browser.code(steps=steps))
        assert (answer.status_code, "This code or passkey is wrong" in answer.text) == (401, True)


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
async def test_the_clock_of_a_telephone_may_be_a_step_off(
    steps: int, status: int, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    page = await browser.http.get("/oauth/login")
    second = await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))

    assert (await browser.fill(second, code=browser.code(steps=steps))).status_code == status


@pytest.mark.parametrize("code", ["", "000000", "é", "\uff11" * 6, "1" * 1000])
async def test_a_wrong_code_is_refused_and_the_page_shown_again(
    code: str, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    page = await browser.http.get("/oauth/login")
    second = await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))

    answer = await browser.fill(second, code=code)

    assert (answer.status_code, 'name="code"' in answer.text) == (401, True)


async def test_the_step_between_password_and_code_ends_after_ten_minutes(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    page = await browser.http.get("/oauth/login")
    second = await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))
    browser.clock.now = NOON + timedelta(minutes=10)

    assert (await browser.fill(second, code=browser.code())).status_code == 400


async def test_a_log_in_ends_after_twelve_hours(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    await sari(session, app)
    await browser.logs_in(await browser.http.get("/oauth/login"))

    shown = []
    for later in (timedelta(hours=12) - timedelta(seconds=1), timedelta(hours=12)):
        browser.clock.now = NOON + later
        shown.append("You are logged in" in (await browser.http.get("/oauth/login")).text)

    assert shown == [True, False]


async def test_who_is_deactivated_is_logged_out_at_once(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    account = await sari(session, app)
    await browser.logs_in(await browser.http.get("/oauth/login"))

    await accounts.deactivate(session, account.id, now=NOON)

    assert "Log in to LAPOR!" in (await browser.http.get("/oauth/login")).text


async def test_a_form_of_another_site_is_not_taken(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    """It has neither the cookie nor what belongs to it."""
    await sari(session, app)
    page = await browser.http.get("/oauth/login")
    fields = {"email": EMAIL, "password": PASSWORD}

    without = await browser.http.post("/oauth/login", data=fields)
    wrong = await browser.http.post("/oauth/login", data=fields | {"form": "0" * 64})
    browser.http.cookies.clear()
    foreign = await browser.fill(page, **fields)

    assert [answer.status_code for answer in (without, wrong, foreign)] == [400, 400, 400]


async def test_the_cookie_is_for_this_host_alone_and_lies_in_the_database_as_a_digest(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)

    answer = await browser.fill(await browser.http.get("/oauth/login"), email=EMAIL, password=PASSWORD)

    said = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("lapor_login="))
    assert re.search(r"HttpOnly; Path=/; SameSite=lax$", said)
    (kept,) = (await session.scalars(select(LoginSession.cookie_hash))).all()
    assert said.partition("=")[2].partition(";")[0].encode() not in kept


async def test_the_pages_are_kept_by_nobody_framed_by_nobody_and_load_nothing_from_elsewhere(browser: Browser) -> None:
    page = await browser.http.get("/oauth/login?next=/oauth/authorize?redirect_uri%3Dhttps%3A%2F%2Fapp.example%2Fa")

    assert page.headers["cache-control"] == "no-store"
    assert page.headers.get_list("cross-origin-opener-policy") == ["unsafe-none"]  # the app that opened it waits
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://app.example;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in page.text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/oauth/authorizeX", "/v1/reports", "x"]
)
async def test_nobody_is_sent_anywhere_but_to_the_client_that_asked(
    elsewhere: str, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)

    page = await browser.logs_in(await browser.http.get("/oauth/login", params={"next": elsewhere}))

    assert "You are logged in" in page.text


@pytest.mark.parametrize(("language", "title"), [("id", "Masuk ke LAPOR!"), ("en", "Log in to LAPOR!")])
async def test_the_page_speaks_two_languages(language: str, title: str, browser: Browser) -> None:
    by_header = await browser.http.get("/oauth/login", headers={"Accept-Language": language})
    by_address = await browser.http.get(f"/oauth/login?lang={language}", headers={"Accept-Language": "fr"})

    for page in (by_header, by_address):
        assert f"<h1>{title}</h1>" in page.text
        assert page.headers["content-language"] == language


def shown_in(page: httpx.Response) -> str:
    """The key of codes that a page offers."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert found is not None, page.text
    return found[1].replace(" ", "")


async def test_an_invitation_leads_to_a_password_and_to_codes(session: AsyncSession, browser: Browser) -> None:
    link = await sari_invited(session)

    page = await browser.http.get(f"/oauth/invitations/{link}")
    assert EMAIL in page.text
    set_up = await browser.follow(await browser.fill(page, password=PASSWORD, again=PASSWORD))
    secret = shown_in(set_up)
    (drawn,) = re.findall(r"<svg .*?</svg>", set_up.text)
    assert drawn == codes.picture(codes.uri(secret, EMAIL))  # the key, for whoever has a camera
    assert not re.search(r"style=|<script|href", drawn)
    inside = await browser.follow(await browser.fill(set_up, code=browser.code(secret)))

    assert "You are logged in" in inside.text
    kept = await session.scalar(select(Account.totp_secret))
    assert kept is not None
    assert secret.encode() not in kept
    assert (await browser.http.get(f"/oauth/invitations/{link}")).status_code == 404


async def test_a_password_alone_sets_no_second_proof_and_the_link_goes_on_to_work(
    session: AsyncSession, browser: Browser
) -> None:
    link = await sari_invited(session)
    await browser.takes_up(link)

    browser.http.cookies.clear()  # whoever knows the password, and has not the link
    page = await browser.http.get("/oauth/login")
    refused = await browser.fill(page, email=EMAIL, password=PASSWORD)
    again = await browser.takes_up(link, "another one of four")
    inside = await browser.follow(await browser.fill(again, code=browser.code(shown_in(again))))

    assert (refused.status_code, WRONG in refused.text) == (401, True)
    assert "You are logged in" in inside.text


async def test_who_has_a_password_of_before_and_no_second_proof_needs_a_new_link(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app, codes_set_up=False)
    page = await browser.http.get("/oauth/login")

    second = await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))

    assert (second.status_code, "Ask an operator for a new link" in second.text) == (403, True)
    form = re.search(r'name="form" value="(\w+)"', page.text)
    assert form is not None
    for field in ({"code": browser.code(), "secret": "00ff"}, {"credential": "{}"}):
        answer = await browser.http.post("/oauth/login/second", data={"form": form[1]} | field)
        assert answer.status_code in (401, 403)
    assert await session.scalar(select(Account.totp_secret)) is None


@pytest.mark.parametrize("meanwhile", ["another link", "another browser", "taken up", "locked", "over"])
async def test_a_second_proof_is_set_up_by_the_newest_link_in_the_newest_browser_alone(
    meanwhile: str, session: AsyncSession, browser: Browser
) -> None:
    link = await sari_invited(session)
    set_up = await browser.takes_up(link)
    cookies = dict(browser.http.cookies)
    (account_id,) = await session.scalars(select(Account.id))
    match meanwhile:
        case "another link":
            await accounts.invite(session, account_id, by=BY, now=NOON)
        case "another browser":
            await browser.takes_up(link, "another one of four")
        case "taken up":
            other = await browser.takes_up(link)
            await browser.fill(other, code=browser.code(shown_in(other)))
        case "locked":
            await accounts.lock(session, account_id)
        case _:
            browser.clock.now = NOON + accounts.GOOD_FOR[InvitationKind.INVITE]
    browser.http.cookies.clear()
    browser.http.cookies.update(cookies)
    before = await session.scalar(select(Account.totp_secret))

    answer = await browser.fill(set_up, code=browser.code(shown_in(set_up)))

    assert answer.status_code == 400
    assert await session.scalar(select(Account.totp_secret)) == before
    assert (before is None) == (meanwhile != "taken up")


@pytest.mark.parametrize(
    ("password", "again"),
    [
        ("short", "short"),
        (PASSWORD, "another one of them"),
        (EMAIL, EMAIL),
        ("a" * 129, "a" * 129),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa"),
    ],
)
async def test_a_password_has_to_be_long_and_no_address(
    password: str, again: str, session: AsyncSession, browser: Browser
) -> None:
    link = await sari_invited(session)

    answer = await browser.fill(await browser.http.get(f"/oauth/invitations/{link}"), password=password, again=again)

    assert answer.status_code == 400
    assert (await browser.http.get(f"/oauth/invitations/{link}")).status_code == 200


@pytest.mark.parametrize("token", ["x", "é", "%00", "a" * 500])
async def test_a_link_that_does_not_work_says_so(token: str, browser: Browser) -> None:
    answer = await browser.http.get(f"/oauth/invitations/{token}")

    assert answer.status_code in (400, 404)
    assert answer.status_code == 400 or "This link does not work" in answer.text


async def test_who_has_codes_cannot_set_up_others_with_a_password(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    page = await browser.http.get("/oauth/login")
    second = await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))

    answer = await browser.fill(second, code=browser.code("A" * 32), secret="00ff")

    assert answer.status_code == 401
    assert "<code>" not in second.text


async def test_a_secret_that_another_page_showed_is_not_taken(session: AsyncSession, browser: Browser) -> None:
    link = await sari_invited(session)
    before, now = await browser.takes_up(link), await browser.takes_up(link)
    sealed = re.search(r'name="secret" value="(\w+)"', before.text)
    assert sealed is not None

    answer = await browser.fill(now, code=browser.code(shown_in(before)), secret=sealed[1])

    assert answer.status_code == 401


async def test_logging_out_ends_the_log_in(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    await sari(session, app)
    inside = await browser.logs_in(await browser.http.get("/oauth/login"))

    outside = await browser.fill(inside)

    assert "You are logged out" in outside.text
    assert (await session.scalar(select(func.count()).select_from(LoginSession))) == 0
    assert "Log in to LAPOR!" in (await browser.http.get("/oauth/login")).text


async def test_a_key_that_is_not_there_is_named_in_the_log_and_nothing_is_lost(
    session: AsyncSession, app: FastAPI, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    account = await sari(session, app)
    await session.execute(update(Account).values(totp_secret=b"accounts-2020-gone\x00" + b"x" * 40))
    page = await browser.http.get("/oauth/login")
    second = await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))

    answer = await browser.fill(second, code=browser.code(SECRET))

    assert answer.status_code == 503
    assert await session.scalar(select(Account.totp_secret).where(Account.id == account.id)) is not None


async def test_other_codes_are_set_up_after_a_log_in_of_just_now_and_replace_those_of_before(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    inside = await browser.logs_in(await browser.http.get("/oauth/login"))
    page = await browser.http.get("/oauth/proofs")
    secret = shown_in(page)

    wrong = await browser.fill(page, code=browser.code())
    kept = await browser.fill(page, code=browser.code(secret))

    assert "Your second proofs" in inside.text
    assert (wrong.status_code, kept.status_code) == (401, 200)
    assert "The second proof is kept" in kept.text
    browser.clock.now += timedelta(seconds=30)
    browser.http.cookies.clear()
    second = await browser.follow(
        await browser.fill(await browser.http.get("/oauth/login"), email=EMAIL, password=PASSWORD)
    )
    assert (await browser.fill(second, code=browser.code())).status_code == 401
    assert (await browser.fill(second, code=browser.code(secret))).status_code == 303


@pytest.mark.parametrize(("later", "shown"), [(timedelta(seconds=599), True), (timedelta(seconds=600), False)])
async def test_whoever_logged_in_longer_ago_logs_in_once_more_before_they_add_a_proof(
    later: timedelta, shown: bool, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    await browser.logs_in(await browser.http.get("/oauth/login"))
    before = await browser.http.get("/oauth/proofs")

    browser.clock.now += later
    page = await browser.follow(await browser.http.get("/oauth/proofs"))
    answer = await browser.fill(before, code=browser.code(shown_in(before)))

    assert ("<h1>Your second proofs</h1>" in page.text) is shown
    assert answer.status_code == (200 if shown else 400)
    if not shown:
        again = await browser.logs_in(page)
        assert "<h1>Your second proofs</h1>" in again.text


@pytest.mark.parametrize("factors", [["pwd"], ["fed"], None])
async def test_nobody_adds_a_proof_who_has_not_shown_two_here(
    factors: list[str] | None, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    account = await sari(session, app)
    await browser.http.get("/oauth/login")
    if factors is not None:
        browser.http.cookies.set("lapor_login", await log_ins.begin(session, account, factors, now=NOON))

    page = await browser.http.get("/oauth/proofs")

    assert (page.status_code, page.headers["location"]) == (303, "/oauth/login?next=%2Foauth%2Fproofs")
