"""Operators say which claim of somebody else's issuer means whom."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from routing_service.access.federation import queries
from routing_service.access.management import mappings
from routing_service.access.management.mapping_schemas import ClaimMappingCreate
from shared.clients import Role
from shared.database import Sessions
from shared.errors import Conflict
from shared.schema import ClaimMapping
from tests.accounts import a_person, a_system
from tests.factories import bearer
from tests.routing_service.driving import ADMIN, OPERATOR, Office

PATH = "/v1/claim-mappings"
ISSUER = "https://sso.example"


def body(account: str, **changes: Any) -> dict[str, Any]:
    return {"issuer": ISSUER, "claim": "sub", "value": "u-1", "account": account} | changes


async def add(office: Office, account: str, headers: Any = OPERATOR, /, **changes: Any) -> Any:
    return await office.http.post(PATH, json=body(account, **changes), headers=headers)


async def test_a_mapping_is_added_shown_and_taken_away(session: AsyncSession, office: Office) -> None:
    person = await a_person(session)

    answer = await add(office, person.id, claim="email", value="Sari@Kota.go.id")

    made = answer.json()
    assert (answer.status_code, made["value"]) == (201, "sari@kota.go.id")
    assert answer.headers["location"].endswith(f"{PATH}/{made['id']}")
    assert await queries.accounts_of(session, ISSUER, [("email", "sari@kota.go.id")]) == [person.id]
    assert await office.get(f"{PATH}/{made['id']}", OPERATOR) == made
    ended = [(await office.http.delete(f"{PATH}/{made['id']}", headers=OPERATOR)).status_code for _ in range(2)]
    assert ended == [204, 404]
    assert await queries.accounts_of(session, ISSUER, [("email", "sari@kota.go.id")]) == []


async def test_a_mapping_that_is_taken_away_ends_the_log_ins_of_its_account(
    session: AsyncSession, office: Office
) -> None:
    person = await a_person(session)
    made = (await add(office, person.id)).json()

    await office.http.delete(f"{PATH}/{made['id']}", headers=OPERATOR)

    after = await accounts.account(session, person.id)
    assert after is not None
    assert after.epoch == person.epoch + 1


async def test_the_log_says_whom_it_meant_and_holds_no_value(session: AsyncSession, office: Office) -> None:
    person = await a_person(session)
    made = (await add(office, person.id, claim="email", value="sari@kota.go.id")).json()
    await office.http.delete(f"{PATH}/{made['id']}", headers=OPERATOR)

    statement = "SELECT key, data::text AS data FROM registry_events WHERE subject = 'claim_mappings'"
    log = (await session.execute(text(statement))).all()

    assert [row.key for row in log] == [made["id"]] * 2
    assert all(person.id in row.data for row in log)
    assert "sari@" not in str(log)


async def test_a_value_that_is_changed_by_hand_is_in_the_log(session: AsyncSession, office: Office) -> None:
    await add(office, (await a_person(session)).id)

    await session.execute(text("UPDATE claim_mappings SET value = 'u-2'"))

    statement = "SELECT count(DISTINCT data->'after'->>'person') FROM registry_events WHERE subject = 'claim_mappings'"
    assert await session.scalar(text(statement)) == 2


async def test_accounts_that_no_claim_may_mean_are_refused(session: AsyncSession, office: Office) -> None:
    system = await a_system(session)

    answers = [(await add(office, account)).json() for account in ("nobody", system.id)]

    assert [(one["code"], one["errors"][0]["pointer"]) for one in answers] == [
        ("unknown_account", "/account"),
        ("not_a_person", "/account"),
    ]


async def test_one_claim_means_one_person(session: AsyncSession, office: Office) -> None:
    one, other = await a_person(session), await a_person(session)
    await add(office, one.id, claim="email", value="a@x.example")

    again = await add(office, other.id, claim="email", value="A@X.example")

    assert (again.status_code, again.json()["code"]) == (409, "claim_mapping_exists")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        *[({"claim": claim}, "/claim") for claim in ("iss", "aud", "name", "acr", "locale", "Groups", "a b", "")],
        ({"value": ""}, "/value"),
        ({"value": "x" * 256}, "/value"),
        ({"value": "a\0"}, "/value"),
        ({"issuer": "sso.example"}, "/issuer"),
        ({"issuer": "https://sso.example/?a"}, "/issuer"),
        ({"issuer": "https://a@sso.example"}, "/issuer"),
        ({"account": ""}, "/account"),
    ],
)
async def test_what_says_not_who_it_is_is_refused_with_the_field(office: Office, changes: Any, pointer: str) -> None:
    answer = await office.http.post(PATH, json=body("somebody") | changes, headers=OPERATOR)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_longest_value_is_taken(session: AsyncSession, office: Office) -> None:
    person = await a_person(session)

    assert (await add(office, person.id, value="x" * 255, claim="https://sso.example/nip")).status_code == 201


async def test_a_list_has_pages_and_is_of_an_issuer_or_an_account(session: AsyncSession, office: Office) -> None:
    person, other = await a_person(session), await a_person(session)
    made = [(await add(office, person.id, value=f"u-{number}")).json()["id"] for number in range(3)]
    await add(office, other.id, issuer="https://other.example")
    mine = f"{PATH}?account={person.id}&issuer={ISSUER}&limit=2"

    first = (await office.http.get(mine, headers=OPERATOR)).json()
    second = (await office.http.get(f"{mine}&cursor={first['next_cursor']}", headers=OPERATOR)).json()

    assert [one["id"] for one in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None


async def test_only_operators_touch_mappings(office: Office) -> None:
    for headers in (ADMIN, bearer(Role.COORDINATOR, sub="koordinator", agency="SAMARINDA")):
        assert (await add(office, "somebody", headers)).status_code == 403
        assert (await office.http.get(PATH, headers=headers)).status_code == 403


async def test_of_two_equal_ones_at_once_one_is_stored(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        person = await a_person(session)

    async def added() -> None:
        async with sessions.begin() as session:
            await mappings.add_mapping(session, ClaimMappingCreate(**body(person.id)))

    outcomes = await asyncio.gather(*(added() for _ in range(4)), return_exceptions=True)

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
    async with sessions.begin() as session:
        assert await session.scalar(select(func.count()).select_from(ClaimMapping)) == 1
