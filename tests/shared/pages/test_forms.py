"""What ties a form to a log-in, and which addresses are pages."""

from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from shared.pages import forms, places


def request(headers: Mapping[str, str] = MappingProxyType({}), *, cookie: str = "one", body: bytes = b"") -> Request:
    named = {
        "host": "lapor.example", "cookie": f"lapor_session={cookie}",
        "content_type": "application/x-www-form-urlencoded", **headers,
    }  # fmt: skip
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    app = SimpleNamespace(state=SimpleNamespace(settings=SimpleNamespace(environment="development")))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/board", "headers": raw, "query_string": b"", "app": app}
    return Request(scope, receive)


@pytest.mark.parametrize(("cookie", "tied"), [("one", True), ("another", False), ("", False)])
def test_a_form_is_of_one_log_in(cookie: str, tied: bool) -> None:
    form = {"form": [forms.token_of("one")]}

    assert forms.is_tied(request(cookie=cookie), form) is tied


@pytest.mark.parametrize("said", ["", "0" * 64, "é"])
def test_a_form_without_the_token_is_none(said: str) -> None:
    assert not forms.is_tied(request(), {"form": [said]})
    assert not forms.is_tied(request(), {})


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "https://lapor.example"}, False),
        ({"origin": "https://lapor.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, True),  # with our Referrer-Policy; the token decides then
        ({}, True),
    ],
)
def test_what_another_site_sends_is_known_by_what_the_browser_says(headers: dict[str, str], ours: bool) -> None:
    assert forms.came_from_us(request(headers)) is ours


async def test_a_form_keeps_every_value_and_line_ends_as_they_are_typed() -> None:
    form = await forms.read_form(request(body=b"body=a%0D%0Ab&id=1&id=2&nul=%00"))

    assert form == {"body": ["a\nb"], "id": ["1", "2"]}
    assert forms.typed({**form, "form": ["x"]}) == {"body": "a\nb", "id": "2"}
    assert await forms.read_form(request(body=b"\xff=1")) == {}
    assert await forms.read_form(request(body=b"{}", headers={"content_type": "application/json"})) == {}


@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("/board", True), ("/board/reports/1000000005?box=new&lang=en", True), ("/board/", False),
        ("//board", False), ("/board//x", False), ("/board/..", False), ("/board/a/../b", False), ("/boards", False),
        ("/board?x=\\", False), ("/board/é", False), ("https://x/board", False), ("", False), ("/board#x", False),
    ],
)  # fmt: skip
def test_only_what_can_be_nothing_else_is_a_page(target: str, page: bool) -> None:
    assert places.is_page(target) is page


_PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\na\r\nb\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\nContent-Type: application/json\r\n\r\n'
)


@pytest.mark.parametrize(
    ("content", "read"), [(b"\xef\xbb\xbf[]", "[]"), (b"", ""), (b"\x00\xff", "\ufffd\ufffd"), ("é".encode(), "é")]
)
async def test_a_file_in_a_form_is_its_text(content: bytes, read: str) -> None:
    headers = {"content_type": 'multipart/form-data; boundary="x"'}

    form = await forms.read_form(request(headers, body=_PARTS + content + b"\r\n--x--\r\n"))

    assert form == {"body": ["a\nb"], "file": [read]}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", _PARTS), ("multipart/form-data; boundary=y", _PARTS),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n" + b"\r\n--x\r\n\r\n" * 501), ("", _PARTS),
    ],
)  # fmt: skip
async def test_what_is_no_form_has_no_fields(kind: str, body: bytes) -> None:
    assert await forms.read_form(request({"content_type": kind}, body=body)) == {}
