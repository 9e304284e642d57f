"""Files and requests that the tests of uploads say over and over."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx

from intake_api.uploads.arriving import PART_BYTES

Headers = Mapping[str, str]
NONE: Headers = MappingProxyType({})
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


def a_photo(size: int = 3 * PART_BYTES + 1000) -> bytes:
    """It begins as one."""
    return b"\xff\xd8\xff\xe0" + os.urandom(size - 4)


async def created(http: httpx.AsyncClient, length: int, at: str = "/v1/uploads", **headers: str) -> str:
    answer = await http.post(at, headers={**TUS, "Upload-Length": str(length), **headers})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def sent(
    http: httpx.AsyncClient,
    location: str,
    content: bytes,
    at: int = 0,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> httpx.Response:
    return await http.patch(location, content=content, headers={**BYTES, "Upload-Offset": str(at), **headers})


async def offset_of(http: httpx.AsyncClient, location: str, **headers: str) -> int:
    answer = await http.head(location, headers={**TUS, **headers})
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["upload-offset"])


async def uploaded(http: httpx.AsyncClient, content: bytes, at: str = "/v1/uploads", **headers: str) -> str:
    """The id of a whole upload."""
    location = await created(http, len(content), at, **headers)
    answer = await sent(http, location, content, headers=headers)
    assert answer.status_code == 204, answer.text
    return location.rpartition("/")[2]


def stored(store: Path, folder: str = "") -> list[str]:
    found = (path for path in (store / folder).rglob("*") if path.is_file())
    return sorted(path.relative_to(store).as_posix() for path in found)
