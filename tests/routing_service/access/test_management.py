"""Who registers clients and people over HTTP, and whom they may not touch."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, service
from shared.clients import Role
from shared.domain.officers import OfficerRole
from shared.schema import ApiClient, Officer
from tests.accounts import a_person, a_system, an_officer, an_officer_with_account
from tests.factories import NOON, bearer
from tests.routing_service.driving import ADMIN, OPERATOR, Office

COORDINATOR = bearer(Role.COORDINATOR, sub="koordinator", agency="SAMARINDA")
NAMED = bearer(Role.LIAISON_OFFICER, sub="ani", agency="SAMARINDA-PU", scopes=("registry:manage",))
UNNAMED = bearer(Role.LIAISON_OFFICER, sub="ani", agency="SAMARINDA-PU")
CHANNEL = {"name": "Kanal", "agency": "SAMARINDA-DINKES", "scopes": ["reports:submit"], "channels": ["whatsapp"]}


async def register(office: Office, headers: Any = OPERATOR, /, **changes: Any) -> Any:
    return await office.http.post("/v1/clients", json=CHANNEL | changes, headers=headers)


async def call(office: Office, method: str, path: str, headers: Any, body: Any = None) -> tuple[int, Any]:
    answer = await office.http.request(method, path, json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_a_client_is_shown_its_secret_once(office: Office) -> None:
    answer = await register(office, id="kanal-dinkes", contact="kanal@x.example")

    made = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith("/v1/clients/kanal-dinkes")
    assert made["secret"].startswith("lapor_")
    shown = await office.get("/v1/clients/kanal-dinkes", OPERATOR)
    assert shown == {field: value for field, value in made.items() if field != "secret"}
    assert made["secret"] not in str(shown)


async def test_a_client_that_brings_a_key_needs_no_secret(office: Office) -> None:
    made = (await register(office, with_secret=False)).json()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a"}

    status, _ = await call(office, "POST", f"/v1/clients/{made['id']}/keys", OPERATOR, {"jwk": jwk})

    assert (made["secret"], made["secrets"], status) == (None, [], 201)
    assert [key["id"] for key in (await office.get(f"/v1/clients/{made['id']}", OPERATOR))["keys"]] == ["a"]
    status, left = await call(office, "DELETE", f"/v1/clients/{made['id']}/keys/a", OPERATOR)
    assert (status, left["keys"]) == (200, [])


async def test_a_secret_is_replaced_while_both_are_good(office: Office) -> None:
    made = (await register(office)).json()
    path = f"/v1/clients/{made['id']}/secrets"

    status, second = await call(office, "POST", path, OPERATOR, {"days": 30})
    third, refused = await call(office, "POST", path, OPERATOR, {})
    ended, left = await call(office, "DELETE", f"{path}/{made['secrets'][0]['id']}", OPERATOR)

    assert (status, third, refused["code"], ended) == (201, 409, "too_many_secrets", 200)
    assert [one["id"] for one in left["secrets"]] == [second["id"]]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": "A"}, "/id"),
        ({"id": "with space"}, "/id"),
        ({"role": "operator"}, "/role"),
        ({"role": "service"}, "/role"),
        ({"agency": "NOWHERE"}, "/agency"),
        ({"name": "Kanal\r\nBcc: x"}, "/name"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"grants": ["password"]}, "/grants/0"),
        ({"redirect_uris": ["http://evil.example/"]}, "/redirect_uris/0"),
        ({"redirect_uris": ["https://a.example/#x"]}, "/redirect_uris/0"),
        ({"redirect_uris": ["https://a@b.example/"]}, "/redirect_uris/0"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "/redirect_uris/0"),
        ({"contact": "nobody"}, "/contact"),
    ],
)
async def test_a_client_that_cannot_be_is_refused_with_the_field(office: Office, changes: Any, pointer: str) -> None:
    answer = await register(office, **changes)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("headers", [COORDINATOR, NAMED])
async def test_an_instansi_registers_channels_of_its_own(office: Office, headers: Any) -> None:
    answer = await register(office, headers)

    assert answer.status_code == 201, answer.text
    ids = [one["id"] for one in (await office.get("/v1/clients", headers))["items"]]
    assert ids == [answer.json()["id"]]


@pytest.mark.parametrize(
    ("headers", "changes", "code"),
    [
        (COORDINATOR, {"agency": "BALIKPAPAN-PU"}, "outside_of_instansi"),
        (COORDINATOR, {"agency": "KALTIM"}, "outside_of_instansi"),
        (COORDINATOR, {"agency": None}, "outside_of_instansi"),
        (NAMED, {"agency": "BALIKPAPAN-PU"}, "outside_of_instansi"),
        (COORDINATOR, {"role": "reporter_app"}, "more_than_yours"),
        (COORDINATOR, {"scopes": ["reports:import"]}, "more_than_yours"),
        (COORDINATOR, {"scopes": ["reports:secret"]}, "more_than_yours"),
        (COORDINATOR, {"scopes": ["registry:manage"]}, "more_than_yours"),
        (COORDINATOR, {"grants": ["authorization_code"]}, "more_than_yours"),
        (UNNAMED, {}, "missing_scope"),
        (ADMIN, {}, "forbidden"),
        (bearer(Role.CHANNEL, agency="SAMARINDA", scopes=("registry:manage",)), {}, "forbidden"),
        (bearer(Role.SUPERVISOR), {}, "forbidden"),
    ],
)
async def test_nobody_gives_away_more_than_they_have(office: Office, headers: Any, changes: Any, code: str) -> None:
    answer = await register(office, headers, **changes)

    assert (answer.status_code, answer.json()["code"]) == (403, code)


async def test_an_instansi_takes_over_no_client_of_before_there_were_accounts(
    office: Office, session: AsyncSession
) -> None:
    session.add(ApiClient(id="sms-gateway", name="Gerbang SMS", channels=["sms"]))
    await session.flush()

    assert (await register(office, COORDINATOR, id="sms-gateway")).json()["code"] == "client_exists"
    assert (await register(office, OPERATOR, id="sms-gateway")).status_code == 201


async def test_what_belongs_to_others_is_not_there(office: Office, session: AsyncSession) -> None:
    foreign, app = await a_system(session, agency="BALIKPAPAN"), await a_system(session, Role.REPORTER_APP)

    for id in (foreign.id, app.id, "nobody"):
        for method, path, body in (
            ("GET", "", None), ("PATCH", "", {"active": False}), ("POST", "/secrets", {}),
            ("POST", "/keys", {"jwk": {"kty": "OKP"}}), ("DELETE", "/keys/a", None),
        ):  # fmt: skip
            status, _ = await call(office, method, f"/v1/clients/{id}{path}", COORDINATOR, body)
            assert status == 404, (id, method, path)
    assert (await queries.account(session, foreign.id, lock=True)) == foreign


async def test_an_instansi_gets_no_secret_of_a_client_that_may_do_more(office: Office, session: AsyncSession) -> None:
    import_client = await a_system(session, scopes=("reports:import",))

    status, refused = await call(office, "POST", f"/v1/clients/{import_client.id}/secrets", COORDINATOR, {})

    assert (status, refused["code"]) == (403, "more_than_yours")


async def test_a_client_that_is_shut_out_is_let_in_again_with_what_it_had(
    office: Office, session: AsyncSession
) -> None:
    made = (await register(office)).json()
    path = f"/v1/clients/{made['id']}"
    before = await service.the_account(session, made["id"])

    _, shut = await call(office, "PATCH", path, COORDINATOR, {"active": False})
    after = await service.the_account(session, made["id"])
    _, opened = await call(office, "PATCH", path, COORDINATOR, {"active": True, "name": "Kanal Baru"})

    assert (shut["active"], opened["active"], opened["name"]) == (False, True, "Kanal Baru")
    assert not after.gets_in
    assert after.epoch == before.epoch + 1
    assert opened["secrets"] == made["secrets"]


async def test_an_operator_registers_who_is_no_officer(office: Office, session: AsyncSession) -> None:
    body = {"name": "Dewi", "email": "dewi@pusat.example", "role": "identity_custodian"}

    status, made = await call(office, "POST", "/v1/accounts", OPERATOR, body)

    assert (status, made["state"]) == (201, "invited")
    token = made["link"].rpartition("/")[2]
    assert (await service.invited(session, token, now=NOON)).id == made["id"]
    assert "link" not in await office.get(f"/v1/accounts/{made['id']}", OPERATOR)


@pytest.mark.parametrize("headers", [COORDINATOR, NAMED, ADMIN, bearer(Role.IDENTITY_CUSTODIAN)])
async def test_nobody_else_registers_people(office: Office, headers: Any) -> None:
    body = {"name": "Dewi", "email": "dewi@pusat.example", "role": "operator"}

    assert (await call(office, "POST", "/v1/accounts", headers, body))[0] == 403


@pytest.mark.parametrize("headers", [OPERATOR, COORDINATOR, NAMED])
async def test_an_officer_is_invited_by_their_instansi(office: Office, session: AsyncSession, headers: Any) -> None:
    officer_id = await an_officer(session, agency="SAMARINDA-DINKES")

    status, made = await call(office, "POST", f"/v1/officers/{officer_id}/invitation", headers)
    again, second = await call(office, "POST", f"/v1/officers/{officer_id}/invitation", headers)

    assert (status, again) == (201, 201)
    assert (made["id"], made["role"]) == (second["id"], "liaison_officer")
    assert made["link"] != second["link"]


async def test_an_officer_of_another_instansi_is_not_there(office: Office, session: AsyncSession) -> None:
    account = await an_officer_with_account(session, agency="BALIKPAPAN-PU")

    for method, path, body in (
        ("POST", f"/v1/officers/{account.officer_id}/invitation", None),
        ("GET", f"/v1/accounts/{account.id}", None),
        ("PATCH", f"/v1/accounts/{account.id}", {"state": "locked"}),
        ("POST", f"/v1/accounts/{account.id}/reset", None),
    ):
        for headers in (COORDINATOR, NAMED):
            assert (await call(office, method, path, headers, body))[0] == 404, path
    assert (await office.get("/v1/accounts", COORDINATOR))["items"] == []


@pytest.mark.parametrize("body", [{"state": "locked"}, {"state": "deactivated"}, {"scopes": ["registry:manage"]}])
@pytest.mark.parametrize("headers", [COORDINATOR, NAMED])
async def test_a_coordinator_and_oneself_are_matters_of_operators(
    office: Office, session: AsyncSession, headers: Any, body: Any
) -> None:
    other = await an_officer_with_account(session, OfficerRole.COORDINATOR, "SAMARINDA")
    oneself = await an_officer_with_account(session, subject="ani")
    await queries.change_account(session, oneself.id, {"scopes": ["registry:manage"]})

    refused = [(await call(office, "PATCH", f"/v1/accounts/{other.id}", headers, body))[1]["code"]]
    if headers is NAMED:
        refused.append((await call(office, "PATCH", f"/v1/accounts/{oneself.id}", headers, body))[1]["code"])

    assert set(refused) == {"more_than_yours"}
    assert (await call(office, "POST", f"/v1/accounts/{other.id}/reset", headers))[0] == 403


async def test_a_coordinator_names_an_officer_who_looks_after_the_instansi_too(
    office: Office, session: AsyncSession
) -> None:
    account = await an_officer_with_account(session)
    path = f"/v1/accounts/{account.id}"

    named = await call(office, "PATCH", path, COORDINATOR, {"scopes": ["registry:manage"]})
    more = await call(office, "PATCH", path, COORDINATOR, {"scopes": ["registry:manage", "reports:import"]})
    by_named = await call(office, "PATCH", path, NAMED, {"scopes": []})

    assert (named[0], named[1]["scopes"]) == (200, ["registry:manage"])
    assert (more[0], by_named[0]) == (403, 403)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["locked"], [(200, "locked")]),
        (["locked", "active"], [(200, "locked"), (200, "active")]),
        (["deactivated", "active"], [(200, "deactivated"), (409, None)]),
        (["deactivated", "locked"], [(200, "deactivated"), (409, None)]),
        (["active"], [(200, "active")]),
        (["invited"], [(422, None)]),
    ],
)
async def test_accounts_are_locked_opened_and_shut(
    office: Office, session: AsyncSession, states: Any, expected: Any
) -> None:
    account = await an_officer_with_account(session)

    answers = [
        await call(office, "PATCH", f"/v1/accounts/{account.id}", COORDINATOR, {"state": state}) for state in states
    ]

    assert [(status, answer.get("state")) for status, answer in answers] == expected


async def test_who_is_reset_comes_back_by_the_link(office: Office, session: AsyncSession) -> None:
    account = await an_officer_with_account(session)
    await service.deactivate(session, account.id, now=NOON)

    status, made = await call(office, "POST", f"/v1/accounts/{account.id}/reset", COORDINATOR)

    assert (status, made["state"]) == (201, "invited")


async def test_every_change_tells_who_when_before_and_after(office: Office, session: AsyncSession) -> None:
    made = (await register(office)).json()
    person = await a_person(session, email="rahasia@pusat.example", name="Nama Rahasia")

    shown = await office.get("/v1/registry/changes", OPERATOR, subject="accounts", entry=made["id"])
    everything = await office.get("/v1/registry/changes", OPERATOR, limit=200)
    after = await office.get("/v1/registry/changes", OPERATOR, limit=1)
    older = await office.get("/v1/registry/changes", OPERATOR, limit=1, cursor=after["next_cursor"])

    (change,) = shown["items"]
    assert (change["before"], change["after"]["role"], change["after"]["agency_code"]) == (
        None, "channel", "SAMARINDA-DINKES",
    )  # fmt: skip
    assert person.id in str(everything)
    assert "ahasia" not in str(everything)
    assert older["items"][0]["seq"] == after["items"][0]["seq"] - 1


@pytest.mark.parametrize("headers", [COORDINATOR, NAMED, ADMIN, bearer(Role.SUPERVISOR)])
async def test_only_operators_read_who_changed_the_registry(office: Office, headers: Any) -> None:
    assert (await office.http.get("/v1/registry/changes", headers=headers)).status_code == 403


async def test_who_has_moved_is_looked_after_by_the_instansi_where_they_are(
    office: Office, session: AsyncSession
) -> None:
    account = await an_officer_with_account(session)

    await session.execute(update(Officer).where(Officer.id == account.officer_id).values(agency_code="BALIKPAPAN-PU"))

    assert (await call(office, "GET", f"/v1/accounts/{account.id}", COORDINATOR))[0] == 404
