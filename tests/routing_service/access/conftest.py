import httpx
import pytest

from tests.routing_service.access.browser import Browser
from tests.routing_service.driving import Clock


@pytest.fixture
def browser(http: httpx.AsyncClient, clock: Clock) -> Browser:
    return Browser(http, clock)
