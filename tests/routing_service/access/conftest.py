import httpx
import pytest
from fastapi import FastAPI

from shared.http.door.visitors import Limits
from tests.routing_service.access.browser import Browser
from tests.routing_service.driving import Clock


@pytest.fixture(autouse=True)
def full_buckets(service: FastAPI) -> None:
    """All tests come from one address, and those of wrong proofs leave nothing in its bucket for the next."""
    vars(service.state.limits).update(vars(Limits(service.state.settings)))


@pytest.fixture
def browser(http: httpx.AsyncClient, clock: Clock) -> Browser:
    return Browser(http, clock)
