"""An officer in front of a browser without scripts, who is logged in at the pages."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from shared.clients import Role
from shared.http.kinds import SESSION
from tests.factories import SIGNER


def cookie(role: Role, *, sub: str = "somebody", agency: str | None = None, **more: Any) -> dict[str, str]:
    """As the service of the log-in signs it, outside of production."""
    return {"Cookie": f"lapor_session={SIGNER.mint(role, sub=sub, agency=agency, kind=SESSION, **more)}"}


@dataclass
class Visitor:
    http: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path, headers=self.headers | {"Accept-Language": "en"})

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        return await self.http.post(path, data=fields, headers=self.headers | {"Accept-Language": "en"})

    async def sends(
        self, page: httpx.Response, act: str, *, chosen: str | None = None, **fields: Any
    ) -> httpx.Response:
        """The form of an act, with what is hidden in it. `chosen`: by another button of it, which has an act too."""
        found = re.search(
            rf'<form method="post" action="([^"]+)" id="form-{act}"[^>]*>(.*?)</form>', page.text, re.DOTALL
        )
        assert found is not None, f"{act} is not there"
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[2]))
        acts = [*([said] if (said := hidden.pop("act", None)) else []), *([chosen] if chosen else [])]
        return await self.post(unescape(found[1]), **({"act": acts} | hidden | fields))
