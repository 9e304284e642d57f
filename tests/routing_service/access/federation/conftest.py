from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts.known import Known
from routing_service.access.federation.provider import Provider
from shared.schema import ClaimMapping
from shared.settings import RoutingSettings
from tests.accounts import an_officer_with_account
from tests.factories import settings
from tests.routing_service.access.browser import EMAIL, Browser
from tests.routing_service.access.federation.foreign import ISSUER, SECRET, Foreign
from tests.routing_service.access.federation.traveller import Traveller
from tests.routing_service.conftest import NOWHERE
from tests.routing_service.driving import Clock


@pytest.fixture
def foreign(clock: Clock) -> Foreign:
    return Foreign(clock)


@pytest.fixture
async def provider(app: FastAPI, foreign: Foreign) -> AsyncIterator[Provider]:
    given = settings(
        NOWHERE, RoutingSettings, oidc_issuer=ISSUER, oidc_name="SSO Kota", oidc_client_secret=SecretStr(SECRET),
        http_timeout_seconds=0.5,
    )  # fmt: skip
    made = app.state.provider = Provider(given, foreign.http())
    yield made
    await made.close()
    app.state.provider = None


@pytest.fixture
async def sari(session: AsyncSession) -> Known:
    """A liaison officer who has an account and is known there by their number."""
    account = await an_officer_with_account(session, email=EMAIL)
    row = {"issuer": ISSUER, "claim": "nip", "value": "198701012010011001", "account_id": account.id}
    await session.execute(insert(ClaimMapping), [row])
    return account


@pytest.fixture
async def traveller(provider: Provider, foreign: Foreign, browser: Browser) -> AsyncIterator[Traveller]:
    browser.http.headers["Accept-Language"] = "en"
    async with foreign.http() as http:
        yield Traveller(browser, http)
