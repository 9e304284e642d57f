"""Somebody before the pages of the monitor, by the cookie that the log-in sets."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from shared.clients import Role
from shared.http.kinds import SESSION
from tests.factories import SIGNER

Open = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def open_page(client: httpx.AsyncClient) -> Open:
    async def opened(
        path: str, role: Role = Role.NATIONAL_ADMIN, agency: str | None = None, *, scopes: tuple[str, ...] = (),
        language: str = "en",
    ) -> httpx.Response:  # fmt: skip
        cookie = SIGNER.mint(role, sub="sari", agency=agency, scopes=scopes, kind=SESSION)
        headers = {"Cookie": f"lapor_session={cookie}", "Accept-Language": language}
        return await client.get(path, headers=headers)

    return opened
