from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts.known import Known
from routing_service.access.federation.fetching import Answered, Fetching
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
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def foreign(clock: Clock) -> Foreign:
    return Foreign(clock)


class Impatient(Fetching):
    """With the address alone that is known to answer late."""

    def __init__(self, foreign: Foreign) -> None:
        super().__init__(PATIENCE_SECONDS, foreign.http())
        self._foreign = foreign

    async def _fetch_bounded(self, method: str, url: str, *sent: Any) -> Answered:
        late = self._foreign.late
        self._seconds = 0.05 if late and url.endswith(late) else PATIENCE_SECONDS
        return await super()._fetch_bounded(method, url, *sent)


@pytest.fixture
async def provider(app: FastAPI, foreign: Foreign) -> AsyncIterator[Provider]:
    given = settings(
        NOWHERE, RoutingSettings, oidc_issuer=ISSUER, oidc_name="SSO Kota", oidc_client_secret=SecretStr(SECRET)
    )
    made = app.state.provider = Provider(given)
    made._fetching = Impatient(foreign)
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
