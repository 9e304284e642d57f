"""Who brings the same thing at the same moment: the database lets one through."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts.secrets import digest
from routing_service.access.login import queries as logins
from routing_service.access.oauth import queries
from routing_service.access.oauth.issuer import Issuer
from routing_service.access.oauth.jobs import forget_all_passed
from routing_service.access.oauth.service import exchange
from routing_service.access.refusals import OAuthRefusal
from shared.clock import utc_now
from shared.database import Sessions
from shared.keys.held import Keys
from shared.schema import RefreshToken, TokenFamily, UsedAssertion
from tests.accounts import a_person
from tests.factories import DAY, NOON, settings
from tests.routing_service.access.systems import a_system
from tests.routing_service.conftest import NOWHERE

FORM = {"grant_type": "refresh_token", "refresh_token": "r"}


async def a_family(sessions: Sessions, *, count: int = 1) -> None:
    """With tokens r, r1, r2 ... that are good."""
    async with sessions.begin() as session:
        account = await a_person(session)
        await a_system(session, "app", secret=None, agency_code=None, grants=["refresh_token"])
        id = uuid4()
        family = {"id": id, "account_id": account.id, "client_id": "app", "scopes": [], "factors": ["pwd", "otp"],
                  "epoch": account.epoch, "created_at": NOON, "expires_at": NOON + 30 * DAY}  # fmt: skip
        await queries.add_family(session, family)
        for number in range(count):
            hashed = digest(f"r{number or ''}")
            row = {"token_hash": hashed, "family_id": id, "created_at": NOON, "expires_at": NOON + DAY}
            await queries.add_refresh_token(session, row)


async def test_two_who_bring_one_refresh_token_at_once_end_its_family(sessions: Sessions) -> None:
    """One of them stole it, and nobody knows which."""
    await a_family(sessions)
    known = settings(NOWHERE)
    issuer = Issuer(known, Keys(known))

    async def bring() -> str:
        async with sessions.begin() as session:
            system = await accounts.system(session, "app", now=NOON)
            assert system is not None
            try:
                return str((await exchange(session, issuer, system, FORM, now=NOON))["refresh_token"])
            except OAuthRefusal as error:  # as the endpoint does: what was written stays
                return error.code

    brought = await asyncio.gather(*(bring() for _ in range(4)))

    assert brought.count("invalid_grant") == 3
    async with sessions() as session:
        assert (await session.scalars(select(TokenFamily.ended_by))).all() == ["reuse"]


async def test_one_assertion_and_one_code_are_taken_once_of_many_at_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        account = await a_person(session)

    async def use() -> bool:
        async with sessions.begin() as session:
            return await queries.use_assertion(session, "app", "1", expires_at=NOON)

    async def step() -> bool:
        async with sessions.begin() as session:
            return await logins.take_step(session, account.id, 7)

    for act in (use, step):
        assert sorted(await asyncio.gather(*(act() for _ in range(5)))) == [False] * 4 + [True]


@pytest.mark.parametrize("hours", [23, 25])
async def test_what_ended_a_day_ago_is_forgotten_and_nothing_else(hours: int, sessions: Sessions) -> None:
    ended = utc_now() - timedelta(hours=hours)
    await a_family(sessions, count=3)
    async with sessions.begin() as session:
        await session.execute(insert(UsedAssertion).values(account_id="app", jti="1", expires_at=ended))

    await forget_all_passed(sessions)

    async with sessions() as session:
        tables = (UsedAssertion, RefreshToken, TokenFamily)
        left = [await session.scalar(select(func.count()).select_from(table)) for table in tables]
    assert left == [1 if hours < 24 else 0, 0, 0]  # the family ended long ago, by the clock of today
