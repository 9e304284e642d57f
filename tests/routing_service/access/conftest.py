import httpx
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash

from routing_service.access.login import passwords
from shared.http.door.visitors import Limits
from tests.routing_service.access.browser import QUICK, Browser
from tests.routing_service.driving import Clock


@pytest.fixture(autouse=True)
def hasher(monkeypatch: pytest.MonkeyPatch) -> PasswordHash:
    """That of the service, which takes 0.2 seconds of a processor for a hash: in its place stands a quick one."""
    kept = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", QUICK)
    return kept


@pytest.fixture(autouse=True)
def full_buckets(service: FastAPI) -> None:
    """All tests come from one address, and those of wrong proofs leave nothing in its bucket for the next."""
    vars(service.state.limits).update(vars(Limits(service.state.settings)))


@pytest.fixture
def browser(http: httpx.AsyncClient, clock: Clock) -> Browser:
    return Browser(http, clock)
