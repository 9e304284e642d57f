"""Codes and forms that the tests of the page say over and over."""

import re
from typing import Any

import httpx
from sqlalchemy import insert

from intake_api.channels.qr import codes
from shared.database import Sessions
from shared.keys.purposes import KeyPurpose
from shared.schema import QrCode
from tests.factories import NOON, RING

ENGLISH = {"Accept-Language": "en"}
WORDS = "Lampunya mati sejak Senin."


async def a_code(sessions: Sessions, **changes: Any) -> str:
    """Of a lamp post in Samarinda."""
    code = codes.new_code(RING.current(KeyPurpose.QR_CODES).text)
    values = {
        "code": code, "kind": "asset", "label": "Lampu jalan 0123", "agency_code": "SAMARINDA-PU",
        "place": "Jl. Pahlawan", "latitude": -0.49, "longitude": 117.14, "region_code": "64.72.01",
        "category_code": "roads.damage", "created_by": "operator:test", "created_at": NOON,
    }  # fmt: skip
    async with sessions.begin() as session:
        await session.execute(insert(QrCode).values(values | changes))
    return code


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def shown(http: httpx.AsyncClient, path: str) -> str:
    """What the page of a path carries."""
    return token_in(await http.get(path))


async def sent(http: httpx.AsyncClient, path: str, token: str, *photos: bytes, **said: str) -> httpx.Response:
    """As a browser sends it: a photo that nobody chose comes with no bytes."""
    files: list[tuple[str, Any]] = [("photo", ("f.jpg", photo, "image/jpeg")) for photo in photos]
    nothing = [("photo", ("", b"", "application/octet-stream"))]
    return await http.post(path, data={"once": token, "body": WORDS} | said, files=files or nothing, headers=ENGLISH)


def receipt_of(page: httpx.Response) -> tuple[str, str]:
    """Number and code."""
    number = re.search(r"<dd>([0-9]{10})</dd>", page.text)
    code = re.search(r'name="code" value="([A-Z2-7]{32})"', page.text)
    assert number is not None, page.text
    assert code is not None, page.text
    return number[1], code[1]
