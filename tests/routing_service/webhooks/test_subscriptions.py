"""Webhooks as their owners make, change and remove them, and what is refused."""

from typing import Any

import pytest
from pydantic import SecretStr

from routing_service.webhooks import keeping
from routing_service.webhooks.notices import service as notices
from shared.clients import Role
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, Ring
from shared.settings import RoutingSettings
from tests.factories import NOON, RING, bearer, settings
from tests.mailbox import serving
from tests.routing_service.driving import CHANNEL, Office
from tests.routing_service.webhooks.listening import URL, Listening, Receivers, assigned

APP = bearer(Role.REPORTER_APP, sub="mobile-app")
GATEWAY = bearer(Role.CHANNEL, sub="sms", scopes=("reports:submit",))


@pytest.fixture
def here(office: Office) -> Listening:
    """On the database that these tests share."""
    return Listening(office, Receivers())


async def test_a_webhook_shows_its_secret_once_and_belongs_to_its_owner_alone(here: Listening) -> None:
    made = await here.subscribe(CHANNEL, types=["report.assigned", "report.assigned"])
    path = f"/v1/webhooks/{made['id']}"

    shown = await here.office.get(path, CHANNEL)
    assert made.pop("secret").startswith("whsec_")
    assert shown == made
    assert (shown["about"], shown["types"], shown["state"]) == ("agency", ["report.assigned"], "active")
    another = bearer(Role.CHANNEL, sub="another-system", agency="SAMARINDA-PU", scopes=("reports:work",))
    same_name = bearer(Role.REPORTER_APP, sub="pu-system")
    for stranger in (another, same_name):
        assert (await here.office.get("/v1/webhooks", stranger))["items"] == []
        assert await here.refused("GET", path, stranger) == (404, "not_found")
    await here.done("DELETE", path, CHANNEL)
    assert await here.refused("GET", path, CHANNEL) == (404, "not_found")


async def test_what_is_left_out_of_a_change_stays(here: Listening) -> None:
    made = await here.subscribe(CHANNEL, types=["report.assigned"], agency="SAMARINDA-PU")
    path = f"/v1/webhooks/{made['id']}"

    assert (await here.done("PATCH", path, CHANNEL, {"name": "Lain"}))["types"] == ["report.assigned"]
    assert (await here.done("PATCH", path, CHANNEL, {"state": "paused"}))["agency"] == "SAMARINDA-PU"
    changed = await here.done("PATCH", path, CHANNEL, {"types": None, "agency": None})
    assert (changed["name"], changed["state"], changed["types"], changed["agency"]) == ("Lain", "paused", None, None)


@pytest.mark.parametrize(
    ("headers", "about"),
    [(CHANNEL, "agency"), (APP, "brought"), (GATEWAY, "brought")],
    ids=["agency", "app", "gateway"],
)
async def test_what_a_webhook_is_about_follows_from_the_token(
    here: Listening, headers: dict[str, str], about: str
) -> None:
    assert (await here.subscribe(headers))["about"] == about


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (CHANNEL, {"about": "brought"}, (422, "about_not_yours")),
        (APP, {"about": "agency"}, (422, "about_not_yours")),
        (APP, {"types": ["report.noted"]}, (422, "type_not_told")),
        (APP, {"agency": "SAMARINDA"}, (422, "agency_not_taken")),
        (CHANNEL, {"agency": "NOWHERE"}, (422, "unknown_agency")),
        (CHANNEL, {"agency": "BALIKPAPAN-PU"}, (422, "agency_out_of_reach")),
        (CHANNEL, {"types": ["report.danced"]}, (422, "invalid")),
        (CHANNEL, {"types": []}, (422, "invalid")),
        (CHANNEL, {"url": "ftp://tiket.example/"}, (422, "invalid")),
        (CHANNEL, {"url": "https://tiket.example/#here"}, (422, "invalid")),
        (CHANNEL, {"url": "http://tiket.example/"}, (422, "address_not_public")),
        (CHANNEL, {"url": "https://169.254.169.254/latest"}, (422, "address_not_public")),
        (CHANNEL, {"url": "https://user:password@tiket.example/"}, (422, "address_not_public")),
        (CHANNEL, {"name": " "}, (422, "invalid")),
        (CHANNEL, {"secret": "whsec_mine"}, (422, "invalid")),
        (bearer(Role.CHANNEL, sub="c", agency="SAMARINDA-PU"), {}, (403, "missing_scope")),
        (bearer(Role.LIAISON_OFFICER, sub="o", agency="SAMARINDA-PU"), {}, (403, "forbidden")),
    ],
)
async def test_what_makes_no_sense_is_refused(
    here: Listening, headers: dict[str, str], body: dict[str, Any], code: tuple[int, str]
) -> None:
    assert await here.refused("POST", "/v1/webhooks", headers, {"name": "Uji", "url": URL} | body) == code


async def test_an_owner_has_twenty_webhooks_and_a_webhook_five_secrets(here: Listening) -> None:
    made = [await here.subscribe(CHANNEL) for _ in range(20)]
    assert await here.refused("POST", "/v1/webhooks", CHANNEL, {"name": "U", "url": URL}) == (409, "too_many_webhooks")
    path = f"/v1/webhooks/{made[0]['id']}/secrets"
    for _ in range(4):
        await here.done("POST", path, CHANNEL, {})
    assert await here.refused("POST", path, CHANNEL, {}) == (409, "too_many_secrets")
    await here.done("POST", path, CHANNEL, {"overlap_hours": 0})
    assert len((await here.office.get(f"/v1/webhooks/{made[0]['id']}", CHANNEL))["secrets"]) == 1


async def test_secrets_follow_the_key_that_wraps_them(here: Listening) -> None:
    await here.subscribe(CHANNEL)
    state = here.office.app.state
    successor = Key.make(KeyPurpose.WEBHOOKS, now=NOON, from_at=NOON)
    more = settings("postgresql://nowhere", RoutingSettings, keys=SecretStr(Ring([*RING.keys, successor]).as_text()))
    keys = Keys(more)

    assert await keeping.rewrap_secrets(here.sessions, keys) == 1
    assert await keeping.rewrap_secrets(here.sessions, keys) == 0
    assert await here.office.scalar("SELECT key_id FROM webhook_secrets") == successor.id
    assert state.keys is not keys


async def test_the_owner_of_a_webhook_that_was_disabled_gets_a_mail(listening: Listening) -> None:
    office = listening.office
    await office.execute(
        "INSERT INTO accounts (id, kind, role, agency_code, scopes, state, name, email, language) VALUES ('pu-system', "
        "'system', 'channel', 'SAMARINDA-PU', '{reports:work}', 'active', 'PU', 'pu@samarinda.example', 'en')"
    )
    made = await listening.subscribe(CHANNEL, types=["report.assigned"], url=URL + "?token=hidden")
    await assigned(office)
    listening.receivers.answer = lambda heard: 410
    await listening.told()
    with serving() as mailbox:
        given = settings("postgresql://nowhere", RoutingSettings, smtp_url=SecretStr(mailbox.url))
        sent = [await notices.send_notices(listening.sessions, given, now=office.clock.now) for _ in range(2)]

    assert [dict(one) for one in sent] == [{"sent": 1}, {}]
    (mail,) = mailbox.mails
    said = mail.get_content()
    assert made["id"] in said
    assert "410" in said
    assert "hidden" not in said
