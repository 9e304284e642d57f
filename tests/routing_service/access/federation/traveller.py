"""Somebody in front of a browser who goes to the other issuer and comes back."""

from dataclasses import dataclass
from html import unescape
from re import search
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.routing_service.access.browser import Browser


@dataclass
class Traveller:
    browser: Browser
    foreign: httpx.AsyncClient

    async def sets_out(self, page: httpx.Response | None = None) -> httpx.Response:
        """By the link of the log-in page. What sends them there."""
        page = page or await self.browser.http.get("/oauth/login")
        link = search(r'<a href="(/oauth/federation/login[^"]*)"', page.text)
        assert link is not None, page.text
        return await self.browser.http.get(unescape(link[1]))

    async def is_sent_back(self, sent: httpx.Response) -> str:
        """The path and query of the address that the other issuer sends them to."""
        assert sent.status_code == 303, sent.text
        answer = await self.foreign.get(sent.headers["location"])
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"

    async def goes(self, page: httpx.Response | None = None) -> httpx.Response:
        """There and back."""
        return await self.browser.http.get(await self.is_sent_back(await self.sets_out(page)))

    async def is_inside(self) -> bool:
        return "You are logged in" in (await self.browser.http.get("/oauth/login")).text


def asked(sent: httpx.Response) -> dict[str, str]:
    """What the other issuer is asked."""
    return {name: one for name, (one,) in parse_qs(urlsplit(sent.headers["location"]).query).items()}
